#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "engine/storage/seal_vfs.h"

namespace fhirbin::storage {

// Where the files of one store lie and how its volumes are opened. A value.
struct StorePaths {
  std::filesystem::path folder;

  std::filesystem::path catalog() const { return folder / "catalog.db"; }
  std::filesystem::path lock() const { return folder / "lock"; }
  std::filesystem::path volumes() const { return folder / "volumes"; }
  // volumes/00000001.db; the number has at least eight digits.
  std::filesystem::path volume(std::uint32_t number) const;
  std::filesystem::path volume_journal(std::uint32_t number) const;
};

// What all volumes of a store have in common. A value.
struct VolumeContext {
  StorePaths paths;
  StoreId store_id;
  std::uint32_t sqlite_page_bytes = 16U << 10;
  std::uint32_t busy_timeout_ms = 5000;
  const char* vfs = kSealVfsName;
};

// How messages call a volume.
std::string volume_name(std::uint32_t number);

// Makes the entries of `folder` durable (fsync on the directory). Errors: kIo, kNoSpace.
Result<void> sync_directory(const std::filesystem::path& folder);

}  // namespace fhirbin::storage
