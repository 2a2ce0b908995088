#pragma once

#include <chrono>
#include <cstdint>

#include "engine/storage/held_lock.h"

namespace fhirbin::storage {

// The gate of a filling volume keeps a COMMIT and the readers of its file apart (LockByte::gate):
// SQLite's own locks would starve either side. Readers pass together; who commits shuts it.

// How often someone who waits at a gate looks again. Shorter than the time that a filler yields to
// those who wait, so that nobody misses it.
inline constexpr std::chrono::microseconds kGatePause{500};

// For a reader, which waits in line while a commit is under way. Errors: kBusy past the time-out,
// kIo.
Result<HeldLock> enter_gate(LockFile& lock, std::uint32_t volume, std::uint32_t timeout_ms);

// For the filler around its COMMIT: lets waiting readers in first for up to 5 ms, then keeps new
// ones out until those inside have left. Errors: kBusy past the time-out, kIo.
Result<HeldLock> shut_gate(LockFile& lock, std::uint32_t volume, std::uint32_t timeout_ms);

}  // namespace fhirbin::storage
