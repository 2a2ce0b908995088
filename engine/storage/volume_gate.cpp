#include "engine/storage/volume_gate.h"

#include <thread>

#include "engine/storage/volume_context.h"
#include "engine/util/try.h"

namespace fhirbin::storage {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

// How long a filler yields, and how often it looks.
constexpr auto kYield = 5ms;
constexpr auto kYieldPause = 200us;

Result<HeldLock> try_gate(LockFile& lock, std::uint32_t volume) {
  // Asking is enough: a reader that slips through delays the filler by one read.
  FHIRBIN_TRY_ASSIGN(const bool closing, lock.held_elsewhere(LockByte::closing(volume)));
  if (closing) {
    return fail(ErrorCode::kBusy, "a commit to " + volume_name(volume) + " is under way");
  }
  return HeldLock::take(lock, LockByte::gate(volume), LockKind::kShared, 0);
}

Result<void> yield_to_waiting(const LockFile& lock, std::uint32_t volume) {
  // A reader that found the gate shut polls more often than this, so it gets in first.
  const auto deadline = steady_clock::now() + kYield;
  while (steady_clock::now() < deadline) {
    FHIRBIN_TRY_ASSIGN(const bool waiting, lock.held_elsewhere(LockByte::waiters(volume)));
    if (!waiting) {
      break;
    }
    std::this_thread::sleep_for(kYieldPause);
  }
  return {};
}

}  // namespace

Result<HeldLock> enter_gate(LockFile& lock, std::uint32_t volume, std::uint32_t timeout_ms) {
  Result<HeldLock> at_once = try_gate(lock, volume);
  if (at_once || at_once.error().code != ErrorCode::kBusy) {
    return at_once;
  }
  const auto deadline = steady_clock::now() + std::chrono::milliseconds(timeout_ms);
  FHIRBIN_TRY_ASSIGN(const HeldLock waiting, HeldLock::take(lock, LockByte::waiters(volume),
                                                            LockKind::kShared, timeout_ms));
  while (true) {
    Result<HeldLock> inside = try_gate(lock, volume);
    if (inside || inside.error().code != ErrorCode::kBusy || steady_clock::now() >= deadline) {
      return inside;
    }
    std::this_thread::sleep_for(kGatePause);
  }
}

Result<HeldLock> shut_gate(LockFile& lock, std::uint32_t volume, std::uint32_t timeout_ms) {
  FHIRBIN_TRY(yield_to_waiting(lock, volume));
  FHIRBIN_TRY_ASSIGN(const HeldLock closing, HeldLock::take(lock, LockByte::closing(volume),
                                                            LockKind::kExclusive, timeout_ms));
  return HeldLock::take(lock, LockByte::gate(volume), LockKind::kExclusive, timeout_ms);
}

}  // namespace fhirbin::storage
