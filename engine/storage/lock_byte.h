#pragma once

#include <cstdint>

#include "fhirbin/error.h"

namespace fhirbin::storage {

// The bytes of the `lock` file that stand for something (FORMAT.md, *The `lock` file*). None lies
// inside the file's own 128 bytes.
struct LockByte {
  std::uint64_t offset = 0;

  static constexpr std::uint64_t kBase = std::uint64_t{1} << 32;
  static constexpr LockByte catalog_writer() { return {kBase}; }
  static constexpr LockByte collector() { return {kBase + 1}; }
  // Held by each Store open for writing, for as long as it lives.
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

// The open-file-description locks (F_OFD_SETLK) of a descriptor of the `lock` file. They conflict
// between open file descriptions, in one process or several.

// Takes `byte` or says false at once. A lock that is held already is replaced by the new kind.
Result<bool> try_lock_byte(int descriptor, LockByte byte, LockKind kind);
void unlock_byte(int descriptor, LockByte byte) noexcept;
// Whether another open file description holds one of `count` bytes in any way.
Result<bool> any_byte_held_elsewhere(int descriptor, LockByte first, std::uint32_t count);

}  // namespace fhirbin::storage
