#include "engine/storage/catalog_writer.h"

#include <algorithm>
#include <utility>

#include <sqlite3.h>

#include "engine/storage/change_table.h"
#include "engine/storage/sqlite_error.h"
#include "engine/util/try.h"

namespace fhirbin::storage {
namespace {

// How many callers share one transaction at most: bounds the time that the first of them waits.
constexpr std::size_t kMaxGroup = 256;

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
  Member member{.work = &work, .answer = std::nullopt};
  {
    const MutexLock lock(queue_mutex_);
    queue_.push_back(&member);
  }
  while (true) {
    Group group;
    {
      MutexLock lock(queue_mutex_);
      while (leading_ && !member.answer) {
        lock.wait(turn_);
      }
      if (member.answer) {
        return *std::move(member.answer);
      }
      // Nobody leads: take along everyone who waits, in their order.
      leading_ = true;
      while (!queue_.empty() && group.size() < kMaxGroup) {
        group.push_back(queue_.front());
        queue_.pop_front();
      }
    }
    Answers answers = lead(group);
    const MutexLock lock(queue_mutex_);
    for (std::size_t i = 0; i < group.size(); ++i) {
      group[i]->answer = std::move(answers[i]);
    }
    leading_ = false;
    turn_.notify_all();
  }
}

CatalogWriter::Answers CatalogWriter::lead(const Group& group) {
  const MutexLock lock(writer_mutex_);
  Answers answers(group.size());
  const auto together = run_group(group, answers);
  if (together) {
    return answers;
  }
  // The whole transaction is gone, for one member's fault or the disk's. A savepoint would not have
  // isolated them: SQLite rolls everything back when the disk is full. So each member now gets one
  // of its own.
  for (std::size_t i = 0; i < group.size(); ++i) {
    answers[i] = together;
    if (group.size() > 1 && !poison_) {
      answers[i] = {};
      if (auto alone = run_group({&group[i], 1}, {&answers[i], 1}); !alone) {
        answers[i] = std::move(alone);
      }
    }
  }
  return answers;
}

Result<void> CatalogWriter::run_group(std::span<Member* const> group,
                                      std::span<Result<void>> answers) {
  if (poison_) {
    return std::unexpected<Error>(*poison_);
  }
  FHIRBIN_TRY_ASSIGN(const HeldLock writer_lock,
                     HeldLock::take(lock_, LockByte::catalog_writer(), LockKind::kExclusive,
                                    options_.busy_timeout_ms));
  FHIRBIN_TRY(make_room_in_wal());
  Result<void> done = run_transaction(group, answers);
  if (!done && done.error().code == ErrorCode::kNoSpace) {
    // The disk is full, but a WAL that is emptied can be filled again without growing: purging must
    // still work.
    const auto emptied = checkpoint_locked(false);
    if (emptied && *emptied) {
      std::ranges::fill(answers, Result<void>());
      return run_transaction(group, answers);
    }
  }
  return done;
}

Result<void> CatalogWriter::run_transaction(std::span<Member* const> group,
                                            std::span<Result<void>> answers) {
  FHIRBIN_TRY_ASSIGN(auto transaction, Transaction::begin(connection_, Transaction::Kind::kWrite));
  bool wrote = false;
  for (std::size_t i = 0; i < group.size(); ++i) {
    const CatalogWork& work = *group[i]->work;
    if (work.check) {
      answers[i] = work.check(connection_);
    }
    if (answers[i]) {
      FHIRBIN_TRY(work.apply(connection_));
      wrote = true;
    }
  }
  return wrote ? commit(transaction) : Result<void>();
}

Result<void> CatalogWriter::commit(Transaction& transaction) {
  FHIRBIN_TRY_ASSIGN(const std::uint64_t sequence, ChangeTable(connection_).last_sequence());
  if (auto committed = transaction.commit(); !committed) {
    if (committed.error().code == ErrorCode::kIo || committed.error().code == ErrorCode::kCorrupt) {
      // After a failed sync nobody knows what is on the disk, and asking again would get a false
      // yes.
      committed.error().code = ErrorCode::kIndeterminate;
      poison({.code = ErrorCode::kIndeterminate,
              .message = "an earlier commit was neither confirmed nor refused; reopen the store"});
    }
    return committed;
  }
  // A watermark that cannot be written costs only the warning that it would give after a loss.
  (void)lock_.write_watermark(sequence);
  if (wal_bytes_locked() >= next_checkpoint_bytes_) {
    (void)checkpoint_locked(false);  // the commit stands; what fails here is kept in poison_
  }
  return {};
}

Result<void> CatalogWriter::make_room_in_wal() {
  if (wal_bytes_locked() < options_.max_wal_bytes) {
    return {};
  }
  FHIRBIN_TRY_ASSIGN(const bool emptied, checkpoint_locked(false));
  if (!emptied) {
    return fail(ErrorCode::kBusy, "a reader keeps the write-ahead log from being emptied");
  }
  return {};
}

Result<bool> CatalogWriter::checkpoint(bool for_good) {
  const MutexLock lock(writer_mutex_);
  if (poison_) {
    return std::unexpected<Error>(*poison_);
  }
  FHIRBIN_TRY_ASSIGN(const HeldLock writer_lock,
                     HeldLock::take(lock_, LockByte::catalog_writer(), LockKind::kExclusive,
                                    options_.busy_timeout_ms));
  return checkpoint_locked(for_good);
}

Result<bool> CatalogWriter::checkpoint_locked(bool for_good) {
  sqlite3* const database = connection_.handle();
  if (for_good) {
    release_wal_reserve(database);
  }
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
  if (error.code == ErrorCode::kIo) {
    poison({.code = ErrorCode::kIndeterminate, .message = error.message});
  } else if (error.code == ErrorCode::kCorrupt) {
    poison(error);
  }
  return std::unexpected<Error>(std::move(error));
}

void CatalogWriter::poison(Error error) {
  uncertain_ = error.code == ErrorCode::kIndeterminate;
  poison_ = std::move(error);
}

Result<void> CatalogWriter::leave(LockFile& owner, LockByte owner_byte) {
  const MutexLock lock(writer_mutex_);
  if (poison_) {
    return std::unexpected<Error>(*poison_);
  }
  FHIRBIN_TRY_ASSIGN(const HeldLock writer_lock,
                     HeldLock::take(lock_, LockByte::catalog_writer(), LockKind::kExclusive,
                                    options_.busy_timeout_ms));
  FHIRBIN_TRY_ASSIGN(const bool others, owner.other_owner_lives());
  const auto emptied = checkpoint_locked(!others);
  owner.unlock(owner_byte);
  return emptied ? Result<void>() : Result<void>(std::unexpected<Error>(emptied.error()));
}

std::uint64_t CatalogWriter::wal_bytes() {
  const MutexLock lock(writer_mutex_);
  return wal_bytes_locked();
}

std::uint64_t CatalogWriter::wal_bytes_locked() const {
  constexpr std::uint64_t kFrameHeaderBytes = 24;
  return *wal_frames_ * (sqlite_page_bytes_ + kFrameHeaderBytes);
}

}  // namespace fhirbin::storage
