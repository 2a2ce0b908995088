#pragma once

#include <memory>
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "engine/storage/catalog.h"
#include "engine/storage/change_table.h"
#include "engine/storage/store_folder.h"
#include "engine/util/random.h"
#include "tests/support/fault_vfs.h"
#include "tests/support/temporary_folder.h"

// A store's folder with its catalog, below the layer that gives it meaning.
namespace fhirbin::storage::catalog_test {

inline Settings settings() {
  Settings settings;
  settings.store_id.bytes.fill(std::byte{0x5A});
  settings.inline_limit_bytes = 128U << 10;
  settings.cut_min_bytes = 64U << 10;
  settings.cut_average_bytes = 256U << 10;
  settings.cut_max_bytes = 1U << 20;
  settings.volume_page_bytes = 16U << 10;
  settings.volume_limit_bytes = 256U << 20;
  return settings;
}

struct CatalogFolder {
  CatalogFolder() {
    testing::FaultVfs::install();
    EXPECT_TRUE(create_store_folder(paths.folder, settings(), random, kSealVfsName));
  }
  CatalogFolder(const CatalogFolder&) = delete;
  CatalogFolder& operator=(const CatalogFolder&) = delete;
  ~CatalogFolder() { testing::FaultVfs::heal(); }

  std::unique_ptr<Catalog> open(const Catalog::Options& options = {}) const {
    return Catalog::open(paths, options).value();
  }
  LockFile open_lock() const { return LockFile::open(paths.lock(), false).value(); }
  Connection connect(std::uint64_t wal_reserve_bytes = 0,
                     std::uint32_t busy_timeout_ms = 5000) const {
    Connection::Options options{.path = paths.catalog().string(), .seal = {}};
    options.seal.store_id = settings().store_id;
    options.seal.wal_reserve_bytes = wal_reserve_bytes;
    options.busy_timeout_ms = busy_timeout_ms;
    options.vfs = testing::FaultVfs::kSealedName;
    return Connection::open(options).value();
  }
  std::uint64_t wal_file_bytes() const {
    std::error_code missing;
    const auto size = std::filesystem::file_size(paths.catalog().string() + "-wal", missing);
    return missing ? 0 : size;
  }

  testing::TemporaryFolder folder;
  StorePaths paths{folder / "test.fhirbin"};
  SystemRandom random;
};

// Notes a change; with `bytes` of filling besides, in a table that no one looks at.
inline Result<void> note_change(Connection& connection, std::size_t bytes = 0) {
  if (bytes != 0) {
    const std::string fill =
        "INSERT INTO setting(name, value) VALUES(hex(randomblob(8)), zeroblob(" +
        std::to_string(bytes) + "))";
    FHIRBIN_TRY(connection.execute(fill.c_str()));
  }
  FHIRBIN_TRY(ChangeTable(connection).append_purge("a", 1, 1));
  return {};
}

inline ErrorCode code_of(const auto& result) { return result ? ErrorCode{} : result.error().code; }

}  // namespace fhirbin::storage::catalog_test
