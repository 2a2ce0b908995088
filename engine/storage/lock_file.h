#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "engine/storage/seal_vfs.h"
#include "fhirbin/error.h"

namespace fhirbin::storage {

// The bytes of the `lock` file that stand for something (FORMAT.md, *The `lock` file*). None lies
// inside the file's own 128 bytes.
struct LockByte {
  std::uint64_t offset = 0;

  static constexpr std::uint64_t kBase = std::uint64_t{1} << 32;
  static constexpr LockByte catalog_writer() { return {kBase}; }
  static constexpr LockByte collector() { return {kBase + 1}; }
  // Held exclusively by each live Store, for as long as it lives.
  static constexpr std::uint32_t kMaxOwners = 1U << 16;
  static constexpr LockByte owner(std::uint32_t slot) { return {kBase + 1024 + slot}; }
  // Held exclusively by whoever fills the volume.
  static constexpr LockByte filler(std::uint32_t volume) { return {2 * kBase + 4ULL * volume}; }
  // Held shared by readers of a filling volume, exclusively by its filler around each commit.
  static constexpr LockByte gate(std::uint32_t volume) { return {2 * kBase + 4ULL * volume + 1}; }
  // Held shared by readers that wait at the gate, so that the filler lets them in first.
  static constexpr LockByte waiters(std::uint32_t volume) {
    return {2 * kBase + 4ULL * volume + 2};
  }
  // Held exclusively by a filler that waits for the gate: readers that come now stay out, or those
  // inside would overlap without end.
  static constexpr LockByte closing(std::uint32_t volume) {
    return {2 * kBase + 4ULL * volume + 3};
  }
};

enum class LockKind : std::uint8_t { kShared, kExclusive };

// How many forks lie between the first process that called this and the calling one. An object that
// remembers another number was left behind by fork(): it belongs to the parent, and touching its
// descriptors or its SQLite connection here would destroy the parent's work. Never locks, so it may
// be asked first.
std::uint64_t fork_generation() noexcept;

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

  LockFile(LockFile&& other) noexcept;
  LockFile& operator=(LockFile&& other) noexcept;
  ~LockFile();

  const StoreId& store_id() const noexcept { return store_id_; }
  // Whether this is a child's copy of an object of its parent: every call on it fails.
  bool left_behind_by_fork() const noexcept { return generation_ != fork_generation(); }

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
  LockFile(int descriptor, bool read_only) noexcept;
  void close() noexcept;
  Result<void> read_header();
  Result<void> check_usable() const;
  Result<bool> any_held_elsewhere(LockByte first, std::uint32_t count) const;

  int descriptor_ = -1;
  bool read_only_ = false;
  std::uint64_t generation_ = 0;
  StoreId store_id_;
};

// A lock given up on destruction. The LockFile must outlive it.
class HeldLock {
 public:
  static Result<HeldLock> take(LockFile& file, LockByte byte, LockKind kind,
                               std::uint32_t timeout_ms);
  HeldLock(HeldLock&& other) noexcept;
  HeldLock& operator=(HeldLock&&) = delete;
  ~HeldLock();

 private:
  HeldLock(LockFile& file, LockByte byte) noexcept : file_(&file), byte_(byte) {}
  LockFile* file_;
  LockByte byte_;
};

}  // namespace fhirbin::storage
