#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>

#include "engine/storage/connection.h"
#include "engine/storage/held_lock.h"
#include "engine/storage/lock_file.h"
#include "engine/util/mutex.h"
#include "fhirbin/error.h"

namespace fhirbin::storage {

// One change of the catalog, to be made whole or not at all. Both functions may run again when a
// group fails, so what they leave in memory must be overwritten by the next run. Neither may call
// the writer.
struct CatalogWork {
  // Looks and writes nothing; an error answers this work alone. May be empty.
  std::function<Result<void>(Connection&)> check;
  // Writes. Any error undoes all that it wrote.
  std::function<Result<void>(Connection&)> apply;
};

// Does all writing to the catalog, and all its checkpoints, for one Store: one connection, one
// transaction at a time, under the cross-process writer lock. SQLite 3.7.0 to 3.51.2 can corrupt a
// WAL database when a commit overlaps a checkpoint; here none can.
//
// Concurrent callers share a transaction and its fsync (group commit); a lone caller waits for
// nobody. Nobody is answered before COMMIT. Thread-safe.
class CatalogWriter {
 public:
  struct Options {
    std::uint32_t busy_timeout_ms = 5000;
    // The WAL is emptied by a checkpoint once it holds this much, and refuses writes at the second.
    std::uint64_t checkpoint_bytes = 8U << 20;
    std::uint64_t max_wal_bytes = 256U << 20;
  };

  // `connection` is open for writing in WAL mode; `lock` is an open file description of its own.
  static Result<std::unique_ptr<CatalogWriter>> create(Connection connection, LockFile lock,
                                                       const Options& options);

  CatalogWriter(Connection connection, LockFile lock, const Options& options);
  CatalogWriter(const CatalogWriter&) = delete;
  CatalogWriter& operator=(const CatalogWriter&) = delete;
  ~CatalogWriter();

  // Errors: those of `work`; kBusy when another process writes past the time-out, or readers pin a
  // WAL that has outgrown its bound; kNoSpace, kIo; kIndeterminate when a commit was neither
  // confirmed nor refused, and from then on for every call.
  Result<void> run(const CatalogWork& work);

  // Moves the WAL into the catalog and cuts it to its reserve, if no reader is in the way; true
  // when it was emptied. Commits and leave() do so by themselves: this is for tests, which look at
  // files.
  Result<bool> checkpoint();

  // Ends the work of this Store: empties the WAL if no reader is in the way, for good when `owner`
  // finds no other Store alive, and gives up the byte that `owner` holds. All under the writer
  // lock, so that of several that leave at once exactly one is the last.
  Result<void> leave(LockFile& owner, LockByte owner_byte);

  // Bytes of committed frames that the WAL holds.
  std::uint64_t wal_bytes();

  // Whether a sync failed, so that nobody knows what is on the disk. Never locks.
  bool is_uncertain() const noexcept { return uncertain_; }

 private:
  // How many callers share one transaction at most: bounds the time that the first of them waits.
  static constexpr std::size_t kMaxGroup = 256;

  struct Member {
    const CatalogWork* work = nullptr;
    Result<void> answer = {};           // the leader's until `answered`
    std::condition_variable turn = {};  // of its own, so that nobody else is woken
    bool answered = false;
    bool leads = false;  // named by the leader before
  };
  using Group = std::span<Member* const>;

  // What becomes of the WAL file, once all of it is in the catalog.
  enum class Checkpoint : std::uint8_t {
    kKeep,      // emptied, but its blocks stay, to be overwritten; unless it has grown too large
    kTruncate,  // it is cut to its reserve
    kForGood,   // it is cut to nothing
  };

  // How far a group came that failed.
  enum class Reached : std::uint8_t {
    kNothing,      // no transaction: nobody is at fault, and nobody would fare better alone
    kTransaction,  // rolled back, for one member's fault or the disk's
    kCommit,
  };

  bool await_turn(Member& member);
  std::size_t gather(std::span<Member*> members);
  void answer_and_hand_over(Group group);
  void lead(Group group) noexcept;
  Result<HeldLock> take_writer_lock() FHIRBIN_REQUIRES(writer_mutex_);
  Result<void> run_group(Group group, Reached& reached) noexcept FHIRBIN_REQUIRES(writer_mutex_);
  Result<void> run_members(Group group, Reached& reached) FHIRBIN_REQUIRES(writer_mutex_);
  Result<void> run_transaction(Group group, Reached& reached) FHIRBIN_REQUIRES(writer_mutex_);
  Result<void> commit(Transaction& transaction, Reached& reached) FHIRBIN_REQUIRES(writer_mutex_);
  void follow_commit(std::uint64_t sequence) noexcept FHIRBIN_REQUIRES(writer_mutex_);
  Result<void> make_room_in_wal() FHIRBIN_REQUIRES(writer_mutex_);
  void poison(Error error) FHIRBIN_REQUIRES(writer_mutex_);
  Result<bool> checkpoint_locked(Checkpoint kind) FHIRBIN_REQUIRES(writer_mutex_);
  std::uint64_t wal_bytes_locked() const FHIRBIN_REQUIRES(writer_mutex_);

  const Options options_;
  Mutex queue_mutex_;
  std::deque<Member*> queue_ FHIRBIN_GUARDED_BY(queue_mutex_);
  bool leading_ FHIRBIN_GUARDED_BY(queue_mutex_) = false;  // somebody leads, or was named to

  // The leader of the moment, or whoever checkpoints, holds this; never taken under queue_mutex_.
  Mutex writer_mutex_;
  LockFile lock_ FHIRBIN_GUARDED_BY(writer_mutex_);
  Connection connection_ FHIRBIN_GUARDED_BY(writer_mutex_);
  // SQLite tells the length of the WAL after each commit, through a pointer that must not move.
  std::unique_ptr<std::uint64_t> wal_frames_ FHIRBIN_GUARDED_BY(writer_mutex_);
  std::uint64_t sqlite_page_bytes_ FHIRBIN_GUARDED_BY(writer_mutex_) = 0;
  std::uint64_t next_checkpoint_bytes_ FHIRBIN_GUARDED_BY(writer_mutex_);
  // Set for good once the state on disk is no longer known: every later call fails with it.
  std::optional<Error> poison_ FHIRBIN_GUARDED_BY(writer_mutex_);
  std::atomic<bool> uncertain_ = false;  // poison_ is kIndeterminate
};

}  // namespace fhirbin::storage
