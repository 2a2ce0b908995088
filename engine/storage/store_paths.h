#pragma once

#include <cstdint>
#include <filesystem>

namespace fhirbin::storage {

// Where the files of one store lie. A value.
struct StorePaths {
  std::filesystem::path folder;

  std::filesystem::path catalog() const { return folder / "catalog.db"; }
  // What SQLite puts beside the catalog while it is in use: the WAL and its index.
  std::filesystem::path catalog_wal() const { return folder / "catalog.db-wal"; }
  std::filesystem::path catalog_wal_index() const { return folder / "catalog.db-shm"; }
  std::filesystem::path lock() const { return folder / "lock"; }
  std::filesystem::path volumes() const { return folder / "volumes"; }
  // volumes/00000001.db; the number has at least eight digits.
  std::filesystem::path volume(std::uint32_t number) const;
  std::filesystem::path volume_journal(std::uint32_t number) const;
};

}  // namespace fhirbin::storage
