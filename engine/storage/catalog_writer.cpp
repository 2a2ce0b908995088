#include "engine/storage/catalog_writer.h"

#include <array>
#include <new>
#include <utility>

#include <sqlite3.h>

#include "engine/storage/change_table.h"
#include "engine/storage/held_lock.h"
#include "engine/storage/seal_wal_frames.h"
#include "engine/storage/sqlite_error.h"
#include "engine/util/try.h"

namespace fhirbin::storage {
namespace {

Result<void> copy_error(const Error& error) noexcept {
  try {
    return std::unexpected<Error>(error);
  } catch (const std::bad_alloc&) {
    return std::unexpected<Error>(Error{.code = error.code, .message = {}});
  }
}

int keep_wal_length(void* frames, sqlite3*, const char*, int count) {
  *static_cast<std::uint64_t*>(frames) = static_cast<std::uint64_t>(count);
  return SQLITE_OK;
}

}  // namespace

CatalogWriter::CatalogWriter(Connection connection, LockFile lock, const Options& options)
    : options_(options),
      lock_(std::move(lock)),
      connection_(std::move(connection)),
      wal_frames_(std::make_unique<std::uint64_t>(0)),
      next_checkpoint_bytes_(options.checkpoint_bytes) {
  sqlite3_wal_hook(connection_.handle(), keep_wal_length, wal_frames_.get());
}

CatalogWriter::~CatalogWriter() = default;

Result<std::unique_ptr<CatalogWriter>> CatalogWriter::create(Connection connection, LockFile lock,
                                                             const Options& options) {
  FHIRBIN_TRY_ASSIGN(const std::int64_t page_bytes, connection.query_number("PRAGMA page_size"));
  auto writer = std::make_unique<CatalogWriter>(std::move(connection), std::move(lock), options);
  const MutexLock held(writer->writer_mutex_);
  writer->sqlite_page_bytes_ = static_cast<std::uint64_t>(page_bytes);
  return writer;
}

Result<void> CatalogWriter::run(const CatalogWork& work) {
  Member member{.work = &work};
  if (!await_turn(member)) {
    return std::move(member.answer);
  }
  // No allocation from here on: an exception would leave the others waiting for ever.
  std::array<Member*, kMaxGroup> members{};
  const Group group = Group(members).first(gather(members));
  lead(group);
  answer_and_hand_over(group);
  return std::move(member.answer);
}

// True when the caller is to lead; false when another leader has answered it.
bool CatalogWriter::await_turn(Member& member) {
  MutexLock lock(queue_mutex_);
  queue_.push_back(&member);
  if (leading_) {
    while (!member.answered && !member.leads) {
      lock.wait(member.turn);
    }
  }
  leading_ = leading_ || !member.answered;
  return !member.answered;
}

// Takes along everyone who waits, in their order: the leader is the first.
std::size_t CatalogWriter::gather(std::span<Member*> members) {
  const MutexLock lock(queue_mutex_);
  std::size_t count = 0;
  while (!queue_.empty() && count < members.size()) {
    members[count++] = queue_.front();
    queue_.pop_front();
  }
  return count;
}

// All under the mutex, because an answered member is gone as soon as its caller goes on.
void CatalogWriter::answer_and_hand_over(Group group) {
  const MutexLock lock(queue_mutex_);
  for (Member* const member : group) {
    member->answered = true;
    member->turn.notify_one();
  }
  leading_ = !queue_.empty();
  if (leading_) {
    queue_.front()->leads = true;
    queue_.front()->turn.notify_one();
  }
}

void CatalogWriter::lead(Group group) noexcept {
  const MutexLock lock(writer_mutex_);
  Reached reached = Reached::kNothing;
  const auto together = run_group(group, reached);
  if (together) {
    return;
  }
  // The whole transaction is gone, for one member's fault or the disk's. A savepoint would not have
  // isolated them: SQLite rolls everything back when the disk is full. So each member now gets one
  // of its own; unless there was none, as when another process writes past the time-out: then
  // waiting once more for each would take the crowd's size times as long.
  const bool shared = group.size() == 1 || reached == Reached::kNothing;
  for (Member* const& member : group) {
    if (shared || poison_) {
      member->answer = copy_error(together.error());
      continue;
    }
    member->answer = {};
    if (auto alone = run_group({&member, 1}, reached); !alone) {
      member->answer = std::move(alone);
    }
  }
}

Result<void> CatalogWriter::run_group(Group group, Reached& reached) noexcept {
  Error error{};
  try {
    return run_members(group, reached);
  } catch (const std::bad_alloc&) {
    error.code = ErrorCode::kOutOfMemory;
  } catch (...) {
    error.code = ErrorCode::kIo;
  }
  if (reached == Reached::kCommit) {
    error.code = ErrorCode::kIndeterminate;
    poison({.code = ErrorCode::kIndeterminate, .message = {}});
  }
  return std::unexpected<Error>(std::move(error));
}

Result<HeldLock> CatalogWriter::take_writer_lock() {
  if (poison_) {
    return std::unexpected<Error>(*poison_);
  }
  return HeldLock::take(lock_, LockByte::catalog_writer(), LockKind::kExclusive,
                        options_.busy_timeout_ms);
}

Result<void> CatalogWriter::run_members(Group group, Reached& reached) {
  reached = Reached::kNothing;
  FHIRBIN_TRY_ASSIGN(const HeldLock writer_lock, take_writer_lock());
  FHIRBIN_TRY(make_room_in_wal());
  Result<void> done = run_transaction(group, reached);
  if (!done && done.error().code == ErrorCode::kNoSpace && !poison_) {
    // The disk is full, but a WAL that is emptied can be filled again without growing: purging must
    // still work.
    reached = Reached::kTransaction;  // that failed, and nothing has begun since
    const auto emptied = checkpoint_locked(Checkpoint::kKeep);
    if (emptied && *emptied) {
      return run_transaction(group, reached);
    }
  }
  return done;
}

Result<void> CatalogWriter::run_transaction(Group group, Reached& reached) {
  FHIRBIN_TRY_ASSIGN(auto transaction, Transaction::begin(connection_, Transaction::Kind::kWrite));
  reached = Reached::kTransaction;
  bool wrote = false;
  for (Member* const member : group) {
    member->answer = member->work->check ? member->work->check(connection_) : Result<void>();
    if (!connection_.in_transaction()) {
      // Even reading ends the transaction where it meets a bad page: what the others do now would
      // be committed statement by statement.
      FHIRBIN_TRY(member->answer);
      return fail(ErrorCode::kIo, "a transaction of the catalog ended early");
    }
    if (member->answer) {
      FHIRBIN_TRY(member->work->apply(connection_));
      wrote = true;
    }
  }
  return wrote ? commit(transaction, reached) : Result<void>();
}

Result<void> CatalogWriter::commit(Transaction& transaction, Reached& reached) {
  FHIRBIN_TRY_ASSIGN(const std::uint64_t sequence, ChangeTable(connection_).last_sequence());
  reached = Reached::kCommit;
  if (auto committed = transaction.commit(); !committed) {
    // SQLite's own code tells: a sync may fail for want of space, too.
    const int code = sqlite3_extended_errcode(connection_.handle()) & 0xFF;
    if (code != SQLITE_FULL && code != SQLITE_BUSY) {
      // After a failed sync nobody knows what is on the disk, and asking again would get a false
      // yes.
      committed.error().code = ErrorCode::kIndeterminate;
      poison({.code = ErrorCode::kIndeterminate,
              .message = "an earlier commit was neither confirmed nor refused; reopen the store"});
    }
    return committed;
  }
  follow_commit(sequence);
  return {};
}

// The commit stands, whatever happens here.
void CatalogWriter::follow_commit(std::uint64_t sequence) noexcept {
  try {
    // A watermark that cannot be written costs only the warning that it would give after a loss.
    (void)lock_.write_watermark(sequence);
    if (wal_bytes_locked() >= next_checkpoint_bytes_) {
      (void)checkpoint_locked(Checkpoint::kKeep);  // what fails here is kept in poison_
    }
  } catch (const std::bad_alloc&) {
    return;  // no memory to word an error; the next commit tries again
  }
}

Result<void> CatalogWriter::make_room_in_wal() {
  if (wal_bytes_locked() < options_.max_wal_bytes) {
    return {};
  }
  FHIRBIN_TRY_ASSIGN(const bool emptied, checkpoint_locked(Checkpoint::kKeep));
  if (!emptied) {
    return fail(ErrorCode::kBusy, "a reader keeps the write-ahead log from being emptied");
  }
  return {};
}

Result<bool> CatalogWriter::checkpoint() {
  const MutexLock lock(writer_mutex_);
  FHIRBIN_TRY_ASSIGN(const HeldLock writer_lock, take_writer_lock());
  return checkpoint_locked(Checkpoint::kTruncate);
}

Result<bool> CatalogWriter::checkpoint_locked(Checkpoint kind) {
  sqlite3* const database = connection_.handle();
  if (kind == Checkpoint::kForGood) {
    release_wal_reserve(database);
  }
  keep_wal_blocks(database, kind == Checkpoint::kKeep ? 2 * options_.checkpoint_bytes : 0);
  // TRUNCATE takes SQLite's write lock at once, since ours is held; it must not wait for readers
  // with it.
  sqlite3_busy_timeout(database, 0);
  const int code =
      sqlite3_wal_checkpoint_v2(database, nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
  sqlite3_busy_timeout(database, static_cast<int>(options_.busy_timeout_ms));
  if (code == SQLITE_OK) {
    *wal_frames_ = 0;
    next_checkpoint_bytes_ = options_.checkpoint_bytes;
    return true;
  }
  next_checkpoint_bytes_ = wal_bytes_locked() + options_.checkpoint_bytes / 8;
  if ((code & 0xFF) == SQLITE_BUSY) {
    return false;
  }
  Error error = make_sqlite_error(database, code, "move the write-ahead log into the catalog");
  // A sync that failed must not be tried again, even where it says that the disk is full: it would
  // succeed without having written, and the log would be emptied.
  const bool unknown = (code & 0xFF) == SQLITE_IOERR && error.code != ErrorCode::kOutOfMemory;
  if (error.code == ErrorCode::kCorrupt) {
    poison(error);
  } else if (unknown || error.code == ErrorCode::kIo) {
    poison({.code = ErrorCode::kIndeterminate, .message = error.message});
  }
  return std::unexpected<Error>(std::move(error));
}

void CatalogWriter::poison(Error error) {
  uncertain_ = error.code == ErrorCode::kIndeterminate;
  poison_ = std::move(error);
}

Result<void> CatalogWriter::leave(LockFile& owner, LockByte owner_byte) {
  const MutexLock lock(writer_mutex_);
  FHIRBIN_TRY_ASSIGN(const HeldLock writer_lock, take_writer_lock());
  FHIRBIN_TRY_ASSIGN(const bool others, owner.other_owner_lives());
  auto emptied = checkpoint_locked(others ? Checkpoint::kTruncate : Checkpoint::kForGood);
  owner.unlock(owner_byte);
  FHIRBIN_TRY(std::move(emptied));
  return {};
}

std::uint64_t CatalogWriter::wal_bytes() {
  const MutexLock lock(writer_mutex_);
  return wal_bytes_locked();
}

std::uint64_t CatalogWriter::wal_bytes_locked() const {
  return *wal_frames_ * (sqlite_page_bytes_ + std::uint64_t{wal::kFrameHeaderBytes});
}

}  // namespace fhirbin::storage
