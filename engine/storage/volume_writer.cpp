#include "engine/storage/volume_writer.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include <sqlite3.h>

#include "engine/storage/volume_gate.h"
#include "engine/storage/volume_inspection.h"
#include "engine/storage/volume_schema.h"
#include "engine/storage/volume_sql.h"
#include "engine/util/file_io.h"
#include "engine/util/try.h"

namespace fhirbin::storage {
namespace {

// Pages of a transaction stay in memory until its COMMIT whatever the cache, and are not needed
// afterwards.
constexpr int kCacheKibibytes = 512;

// COMMIT, told apart from other commands because a sync that failed leaves both outcomes open.
Result<void> run_commit(Connection& connection) {
  FHIRBIN_TRY_ASSIGN(Statement commit, connection.prepare(volume_sql::kCommit));
  Result<void> done = commit.run();
  if (!done) {
    const int code = sqlite3_extended_errcode(connection.handle());
    if (code == SQLITE_IOERR_FSYNC || code == SQLITE_IOERR_DIR_FSYNC) {
      return fail(ErrorCode::kIndeterminate,
                  "a sync failed during the commit of a volume: the pages may be stored or lost");
    }
  }
  return done;
}

}  // namespace

VolumeWriter::VolumeWriter(VolumeContext context, std::uint32_t number, LockFile lock)
    : context_(std::move(context)), number_(number), lock_(std::move(lock)) {}

VolumeWriter::VolumeWriter(VolumeWriter&&) noexcept = default;

VolumeWriter& VolumeWriter::operator=(VolumeWriter&& other) noexcept {
  if (this != &other) {
    close_connection();  // before the lock that protects it
    context_ = std::move(other.context_);
    number_ = other.number_;
    lock_ = std::move(other.lock_);
    connection_ = std::move(other.connection_);
    sealed_ = other.sealed_;
    page_count_ = other.page_count_;
    stored_bytes_ = other.stored_bytes_;
    uncommitted_pages_ = other.uncommitted_pages_;
    uncommitted_bytes_ = other.uncommitted_bytes_;
  }
  return *this;
}

VolumeWriter::~VolumeWriter() { close_connection(); }

void VolumeWriter::close_connection() noexcept {
  if (lock_.left_behind_by_fork()) {
    // Closing here would roll the parent's transaction back under its feet: let the child leak it.
    // NOLINTNEXTLINE(bugprone-unused-return-value)
    (void)connection_.release();
  }
  connection_.reset();  // SQLite rolls back what was not committed
}

void VolumeWriter::spend() noexcept {
  close_connection();
  page_count_ -= std::exchange(uncommitted_pages_, 0);
  stored_bytes_ -= std::exchange(uncommitted_bytes_, 0);
}

Result<std::optional<VolumeWriter>> VolumeWriter::take(const VolumeContext& context,
                                                       std::uint32_t number, bool may_create) {
  FHIRBIN_TRY_ASSIGN(LockFile lock, LockFile::open(context.paths.lock(), false));
  FHIRBIN_TRY_ASSIGN(const bool free,
                     lock.try_lock(LockByte::filler(number), LockKind::kExclusive));
  if (!free) {
    return std::optional<VolumeWriter>();
  }
  VolumeWriter writer(context, number, std::move(lock));
  FHIRBIN_TRY(writer.open(may_create));
  return std::optional<VolumeWriter>(std::move(writer));
}

// A missing file is made; where it must be there, it is damage.
Result<void> VolumeWriter::ensure_file(bool may_create) const {
  std::error_code error;
  const auto status = std::filesystem::status(context_.paths.volume(number_), error);
  if (status.type() != std::filesystem::file_type::not_found) {
    return {};
  }
  if (!may_create) {
    return fail(ErrorCode::kCorrupt, "the file of " + volume_name(number_) + " is missing");
  }
  // Made before SQLite sees it, because only so its mode is ours to choose. No connection of this
  // process can have it open yet, so closing the descriptor drops nobody's POSIX locks.
  FHIRBIN_TRY(create_private_file(context_.paths.volume(number_), volume_name(number_)));
  return {};
}

// Opening reads page 1, and there a hot journal rolls back.
Result<void> VolumeWriter::connect() {
  FHIRBIN_TRY_ASSIGN(Connection connection,
                     Connection::open({.path = context_.paths.volume(number_).string(),
                                       .seal = {.store_id = context_.store_id,
                                                .file_number = number_,
                                                .sqlite_page_bytes = context_.sqlite_page_bytes},
                                       .access = Access::kReadWrite,
                                       .busy_timeout_ms = context_.busy_timeout_ms,
                                       .cache_kibibytes = kCacheKibibytes,
                                       .vfs = context_.vfs}));
  connection_ = std::make_unique<Connection>(std::move(connection));
  return {};
}

Result<void> VolumeWriter::open(bool may_create) {
  FHIRBIN_TRY(ensure_file(may_create));
  FHIRBIN_TRY(connect());
  FHIRBIN_TRY_ASSIGN(const std::int64_t sqlite_pages,
                     connection_->query_number(volume_sql::kSelectSqlitePageCount));
  if (sqlite_pages == 0) {
    // Ours from just now, or left behind by a creator that died before the schema was committed.
    if (!may_create) {
      return fail(ErrorCode::kCorrupt, "the file of " + volume_name(number_) + " is empty");
    }
    FHIRBIN_TRY(create_volume_schema(*connection_, context_.sqlite_page_bytes));
    FHIRBIN_TRY(sync_directory(context_.paths.volumes()));
  }
  FHIRBIN_TRY_ASSIGN(sealed_, is_marked_sealed(*connection_, number_));
  FHIRBIN_TRY(count_pages());
  FHIRBIN_TRY(keep_volume_journal(*connection_));
  if (sealed_) {
    return finish_sealing();  // whoever sealed it may have died before the journal was removed
  }
  return {};
}

Result<void> VolumeWriter::count_pages() {
  FHIRBIN_TRY_ASSIGN(const VolumeContents contents, count_volume_contents(*connection_));
  page_count_ = contents.pages;
  stored_bytes_ = contents.stored_bytes;
  return {};
}

Result<void> VolumeWriter::check_usable() const {
  if (lock_.left_behind_by_fork()) {
    return fail(ErrorCode::kInvalidArgument, "a volume taken before fork() belongs to the parent");
  }
  if (sealed_) {
    return fail(ErrorCode::kCorrupt, volume_name(number_) + " is sealed and takes no more pages");
  }
  if (!connection_) {
    return fail(ErrorCode::kInvalidArgument,
                "the writer of " + volume_name(number_) + " failed earlier");
  }
  return {};
}

Result<void> VolumeWriter::begin() {
  FHIRBIN_TRY(connection_->execute(volume_sql::kBeginWrite));
  FHIRBIN_TRY_ASSIGN(const std::int64_t state,
                     connection_->query_number(volume_sql::kSelectVolumeState));
  if (state != kVolumeFilling) {
    return fail(ErrorCode::kCorrupt,
                volume_name(number_) + " was sealed while it was being filled");
  }
  return {};
}

Result<std::uint64_t> VolumeWriter::insert(ByteSpan stored) {
  if (!connection_->in_transaction()) {
    FHIRBIN_TRY(begin());
  }
  FHIRBIN_TRY_ASSIGN(Statement query, connection_->prepare(volume_sql::kInsertPage));
  FHIRBIN_TRY(query.bind(1, stored).run());
  return connection_->last_insert_rowid();
}

Result<std::uint64_t> VolumeWriter::append(ByteSpan stored) {
  FHIRBIN_TRY(check_usable());
  Result<std::uint64_t> id = insert(stored);
  if (!id) {
    spend();
    return id;
  }
  page_count_ += 1;
  stored_bytes_ += stored.size();
  uncommitted_pages_ += 1;
  uncommitted_bytes_ += stored.size();
  return id;
}

Result<void> VolumeWriter::commit_inside_gate() {
  Result<void> done = run_commit(*connection_);
  if (done) {
    uncommitted_pages_ = 0;
    uncommitted_bytes_ = 0;
  } else if (!connection_->in_transaction() || done.error().code != ErrorCode::kBusy) {
    spend();  // while the gate is still shut: closing may roll back
  }
  return done;
}

Result<void> VolumeWriter::commit() {
  FHIRBIN_TRY(check_usable());
  if (!connection_->in_transaction()) {
    return {};
  }
  FHIRBIN_TRY_ASSIGN(const HeldLock gate, shut_gate(lock_, number_, context_.busy_timeout_ms));
  return commit_inside_gate();
}

Result<ByteVector> VolumeWriter::read(std::uint64_t id) {
  FHIRBIN_TRY(check_usable());
  FHIRBIN_TRY_ASSIGN(Statement query, connection_->prepare(volume_sql::kSelectPage));
  FHIRBIN_TRY_ASSIGN(const bool found, query.bind(1, id).step());
  if (!found) {
    return fail(ErrorCode::kCorrupt, "a page is missing in " + volume_name(number_));
  }
  const ByteSpan stored = query.column_bytes(0);
  return ByteVector(stored.begin(), stored.end());
}

Result<void> VolumeWriter::seal() {
  FHIRBIN_TRY(commit());
  FHIRBIN_TRY_ASSIGN(const HeldLock gate, shut_gate(lock_, number_, context_.busy_timeout_ms));
  Result<void> marked = mark_sealed();
  if (!marked) {
    spend();
    return marked;
  }
  sealed_ = true;
  return finish_sealing();
}

Result<void> VolumeWriter::mark_sealed() {
  FHIRBIN_TRY(begin());
  FHIRBIN_TRY(connection_->execute(volume_sql::kMarkAsSealed));
  return run_commit(*connection_);
}

Result<void> VolumeWriter::finish_sealing() {
  FHIRBIN_TRY(remove_volume_journal(*connection_));
  close_connection();
  std::error_code error;
  if (std::filesystem::exists(context_.paths.volume_journal(number_), error) || error) {
    return fail(ErrorCode::kIo, "could not remove the journal of " + volume_name(number_));
  }
  return sync_directory(context_.paths.volumes());
}

}  // namespace fhirbin::storage
