#include "engine/storage/catalog.h"

#include <system_error>

#include <unistd.h>

#include "engine/storage/change_table.h"
#include "engine/storage/held_lock.h"
#include "engine/storage/pin_table.h"
#include "engine/storage/schema.h"
#include "engine/storage/store_folder.h"
#include "engine/util/try.h"

namespace fhirbin::storage {
namespace {

constexpr int kWriterCacheKibibytes = 4096;
// Of each connection that reads: room for the inner pages of a large catalog's trees.
constexpr int kReaderCacheKibibytes = 3072;

Connection::Options catalog_options(const StorePaths& paths, const StoreId& store_id,
                                    const Catalog::Options& options) {
  Connection::Options result{.path = paths.catalog().string(), .seal = {}};
  result.seal.store_id = store_id;
  result.seal.wal_reserve_bytes = kWalReserveBytes;
  result.busy_timeout_ms = options.busy_timeout_ms;
  result.cache_kibibytes = kReaderCacheKibibytes;
  result.vfs = options.vfs;
  return result;
}

// How to read a catalog without ever writing: never the older state in silence.
Result<void> choose_read_only_access(const StorePaths& paths, Connection::Options& options) {
  options.access = Access::kReadOnly;
  options.seal.wal_reserve_bytes = 0;
  std::error_code missing;
  const auto wal_bytes = std::filesystem::file_size(paths.catalog_wal(), missing);
  const bool clean = missing || wal_bytes == 0;
  const bool in_use = std::filesystem::exists(paths.catalog_wal_index(), missing);
  const bool writable = ::access(paths.folder.c_str(), W_OK) == 0;
  if (clean && !writable) {
    options.seal.immutable = true;
  } else if (!clean && !in_use) {
    return fail(
        ErrorCode::kReadOnly,
        "the store needs recovery, which a read-only open may not do; open it for writing once");
  }
  return {};
}

// What every open looks at before anything else: ours, whole, and nothing acknowledged missing.
Result<Settings> inspect(Connection& catalog, const StoreId& store_id,
                         std::optional<std::uint64_t> watermark) {
  FHIRBIN_TRY_ASSIGN(const auto transaction, Transaction::begin(catalog, Transaction::Kind::kRead));
  FHIRBIN_TRY(check_schema(catalog));
  FHIRBIN_TRY_ASSIGN(const Settings settings, load_settings(catalog));
  if (settings.store_id != store_id) {
    return fail(ErrorCode::kCorrupt, "the catalog and the lock file belong to different stores");
  }
  FHIRBIN_TRY_ASSIGN(const auto sequence, ChangeTable(catalog).last_sequence());
  if (watermark && *watermark > sequence) {
    return fail(ErrorCode::kCorrupt,
                "acknowledged changes are missing: the store recovered up to change " +
                    std::to_string(sequence) + " of " + std::to_string(*watermark));
  }
  return settings;
}

}  // namespace

Catalog::Catalog(StorePaths paths, const Settings& settings,
                 const Connection::Options& read_options)
    : paths_(std::move(paths)), settings_(settings), readers_(read_options) {}

Result<std::unique_ptr<Catalog>> Catalog::open(const StorePaths& paths, const Options& options) {
  FHIRBIN_TRY(check_store_format(paths));
  FHIRBIN_TRY_ASSIGN(LockFile lock, LockFile::open(paths.lock(), options.read_only));
  const StoreId store_id = lock.store_id();
  Connection::Options connect = catalog_options(paths, store_id, options);
  if (options.read_only) {
    FHIRBIN_TRY(choose_read_only_access(paths, connect));
    FHIRBIN_TRY_ASSIGN(const auto watermark, lock.read_watermark());
    FHIRBIN_TRY_ASSIGN(Connection connection, Connection::open(connect));
    FHIRBIN_TRY_ASSIGN(const Settings settings, inspect(connection, store_id, watermark));
    return std::unique_ptr<Catalog>(new Catalog(paths, settings, connect));
  }
  Connection::Options write = connect;
  write.cache_kibibytes = kWriterCacheKibibytes;
  // Recovery happens in the first read; the writer lock keeps it apart from everybody's
  // checkpoints.
  FHIRBIN_TRY_ASSIGN(const HeldLock recovering,
                     HeldLock::take(lock, LockByte::catalog_writer(), LockKind::kExclusive,
                                    options.busy_timeout_ms));
  FHIRBIN_TRY_ASSIGN(const auto watermark, lock.read_watermark());
  FHIRBIN_TRY_ASSIGN(Connection connection, Connection::open(write));
  FHIRBIN_TRY_ASSIGN(const Settings settings, inspect(connection, store_id, watermark));
  std::unique_ptr<Catalog> catalog(new Catalog(paths, settings, connect));
  FHIRBIN_TRY(catalog->become_writer(std::move(connection), options));
  return catalog;
}

Result<void> Catalog::become_writer(Connection connection, const Options& options) {
  FHIRBIN_TRY(take_owner_slot());
  keep_wal_reserve(connection.handle());
  // A crash of the slot's former owner leaves pins that would now seem alive.
  FHIRBIN_TRY_ASSIGN(const auto stale, PinTable(connection).count_of_owner(owner_));
  if (stale != 0) {
    FHIRBIN_TRY_ASSIGN(auto transaction, Transaction::begin(connection, Transaction::Kind::kWrite));
    FHIRBIN_TRY(PinTable(connection).erase_of_owner(owner_));
    FHIRBIN_TRY(transaction.commit());
  }
  FHIRBIN_TRY_ASSIGN(LockFile lock, open_lock());
  CatalogWriter::Options writer_options;
  writer_options.busy_timeout_ms = options.busy_timeout_ms;
  FHIRBIN_TRY_ASSIGN(writer_,
                     CatalogWriter::create(std::move(connection), std::move(lock), writer_options));
  return {};
}

Result<void> Catalog::take_owner_slot() {
  FHIRBIN_TRY_ASSIGN(LockFile lock, open_lock());
  for (std::uint32_t slot = 0; slot < LockByte::kMaxOwners; ++slot) {
    FHIRBIN_TRY_ASSIGN(const bool taken,
                       lock.try_lock(LockByte::owner(slot), LockKind::kExclusive));
    if (taken) {
      owner_ = slot;
      owner_lock_ = std::move(lock);
      return {};
    }
  }
  return fail(ErrorCode::kBusy, "too many Stores are open for writing here");
}

Result<LockFile> Catalog::open_lock() const { return LockFile::open(paths_.lock(), false); }

Result<bool> Catalog::owner_lives(std::uint32_t owner) const {
  if (owner == owner_ && owner_lock_) {
    return true;
  }
  FHIRBIN_TRY_ASSIGN(const LockFile probe, LockFile::open(paths_.lock(), read_only()));
  return probe.held_elsewhere(LockByte::owner(owner));
}

Result<void> Catalog::write(const CatalogWork& work) {
  if (writer_ == nullptr) {
    return fail(ErrorCode::kReadOnly, "the store is open for reading only");
  }
  return writer_->run(work);
}

Result<void> Catalog::write(std::function<Result<void>(Connection&)> apply) {
  return write(CatalogWork{.check = {}, .apply = std::move(apply)});
}

std::uint64_t Catalog::wal_bytes() {
  if (writer_ != nullptr) {
    return writer_->wal_bytes();
  }
  std::error_code missing;
  const auto size = std::filesystem::file_size(paths_.catalog_wal(), missing);
  return missing ? 0 : size;
}

Result<void> Catalog::close() {
  readers_.close_idle();
  if (writer_ == nullptr) {
    return {};
  }
  return writer_->leave(*owner_lock_, LockByte::owner(owner_));
}

Result<void> Catalog::check_certain() const {
  if (distrusted_ || (writer_ != nullptr && writer_->is_uncertain())) {
    return fail(ErrorCode::kIndeterminate,
                "a sync failed, so what is on the disk is not known; open the store anew");
  }
  return {};
}

}  // namespace fhirbin::storage
