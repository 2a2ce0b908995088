#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "engine/util/clock.h"

namespace fhirbin::testing {

// 2026-01-02T03:04:05.678Z
inline constexpr Instant kTestInstant{std::chrono::milliseconds(1'767'323'045'678)};

// A clock that shows what it is set to, and moves on by `step` whenever it is looked at.
// Thread-safe.
class TestClock final : public Clock {
 public:
  explicit TestClock(Instant start = kTestInstant,
                     std::chrono::milliseconds step = std::chrono::milliseconds(0))
      : now_ms_(start.time_since_epoch().count()), step_ms_(step.count()) {}

  Instant now() override { return Instant(std::chrono::milliseconds(now_ms_.fetch_add(step_ms_))); }
  void set(Instant now) { now_ms_ = now.time_since_epoch().count(); }

 private:
  std::atomic<std::int64_t> now_ms_;
  const std::int64_t step_ms_;
};

}  // namespace fhirbin::testing
