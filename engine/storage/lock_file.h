#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <utility>

#include "engine/storage/fork_guard.h"
#include "engine/storage/lock_byte.h"
#include "engine/storage/store_id.h"
#include "fhirbin/error.h"

namespace fhirbin::storage {

// One open file description of the `lock` file. Its locks are open-file-description locks
// (F_OFD_SETLK): they conflict between LockFile objects, in one process or several, and go with the
// object or its process, whichever goes first. In a child of fork() the descriptor is closed by an
// atfork handler, so the parent's locks never live on there, and every call fails. Move-only;
// thread-compatible.
class LockFile {
 public:
  // Makes the file of a new store, mode 0600, synced, without a watermark. Errors: kIo, kNoSpace.
  static Result<void> create(const std::filesystem::path& path, const StoreId& store_id);

  // Errors: kNotFound, kIo, kIncompatibleFormat when it is not the lock file of a store. A
  // read-only file can hold shared locks only.
  static Result<LockFile> open(const std::filesystem::path& path, bool read_only);

  const StoreId& store_id() const noexcept { return store_id_; }
  // Whether this is a child's copy of an object of its parent: every call on it fails.
  bool left_behind_by_fork() const noexcept { return descriptor_.guard().left_behind(); }

  // Takes `byte` or says false at once. A lock held by this object is replaced by the new kind.
  Result<bool> try_lock(LockByte byte, LockKind kind);
  // Takes `byte`, polling with growing pauses (0.05 to 5 ms) up to `timeout_ms`. Errors: kBusy,
  // kIo.
  Result<void> lock(LockByte byte, LockKind kind, std::uint32_t timeout_ms);
  void unlock(LockByte byte) noexcept;
  // Whether another object (here or elsewhere) holds `byte` in any way.
  Result<bool> held_elsewhere(LockByte byte) const;
  // Whether another object holds any byte that stands for a live Store.
  Result<bool> other_owner_lives() const;

  // The last acknowledged sequence, written after COMMIT and not synced: an open that recovers less
  // than this has lost acknowledged changes. nullopt when none was ever written or its checksum
  // fails.
  Result<std::optional<std::uint64_t>> read_watermark() const;
  Result<void> write_watermark(std::uint64_t sequence);

 private:
  LockFile(ForkGuardedDescriptor descriptor, bool read_only) noexcept
      : descriptor_(std::move(descriptor)), read_only_(read_only) {}
  Result<void> read_header();
  Result<void> check_usable() const { return descriptor_.guard().check(); }

  ForkGuardedDescriptor descriptor_;
  bool read_only_;
  StoreId store_id_;
};

}  // namespace fhirbin::storage
