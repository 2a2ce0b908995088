#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>

#include "engine/storage/catalog_readers.h"
#include "engine/storage/catalog_writer.h"
#include "engine/storage/lock_file.h"
#include "engine/storage/settings.h"
#include "engine/storage/store_paths.h"
#include "fhirbin/error.h"

namespace fhirbin::storage {

// The open catalog of one store: settings, short reads, group-committed writes, and this Store's
// own byte in the `lock` file, by which others know that its pins count. Thread-safe.
class Catalog {
 public:
  struct Options {
    bool read_only = false;
    std::uint32_t busy_timeout_ms = 5000;
    const char* vfs = kSealVfsName;
  };

  // Recovers the catalog after a crash. Errors: kNotFound, kIncompatibleFormat, kCorrupt (also when
  // acknowledged changes are missing), kReadOnly (needs recovery), kBusy, kIo.
  static Result<std::unique_ptr<Catalog>> open(const StorePaths& paths, const Options& options);

  const StorePaths& paths() const noexcept { return paths_; }
  const Settings& settings() const noexcept { return settings_; }
  bool read_only() const noexcept { return writer_ == nullptr; }

  // See CatalogReaders::read().
  template <class Look>
  auto read(Look&& look) {
    return readers_.read(std::forward<Look>(look));
  }

  // See CatalogWriter::run(). Errors: also kReadOnly.
  Result<void> write(const CatalogWork& work);
  Result<void> write(std::function<Result<void>(Connection&)> apply);

  // This Store's slot for pins.
  std::uint32_t owner() const noexcept { return owner_; }
  // Whether the Store that pinned as `owner` still lives.
  Result<bool> owner_lives(std::uint32_t owner) const;

  // An open file description of the lock file for a caller of its own.
  Result<LockFile> open_lock() const;

  // Bytes of committed frames in the WAL as this Store knows them; for a reader the length of the
  // file.
  std::uint64_t wal_bytes();

  // kIndeterminate once a sync failed, here or as distrust() was told: what is on the disk is not
  // known until the store is opened anew.
  Result<void> check_certain() const;
  void distrust() noexcept { distrusted_ = true; }

  // Empties the WAL if nobody reads; the last Store to leave gives up its reserve too.
  Result<void> close();

 private:
  Catalog(StorePaths paths, const Settings& settings, const Connection::Options& read_options);
  Result<void> become_writer(Connection connection, const Options& options);
  Result<void> take_owner_slot();

  const StorePaths paths_;
  const Settings settings_;
  CatalogReaders readers_;
  std::unique_ptr<CatalogWriter> writer_;
  std::optional<LockFile> owner_lock_;
  std::uint32_t owner_ = 0;
  std::atomic<bool> distrusted_ = false;
};

}  // namespace fhirbin::storage
