#pragma once

#include "fhirbin/instant.h"

namespace fhirbin {

// Where the engine learns the time of day. Versions are ordered by counters, never by this.
// Thread-safe.
class Clock {
 public:
  Clock() = default;
  Clock(const Clock&) = delete;
  Clock& operator=(const Clock&) = delete;
  virtual ~Clock() = default;

  virtual Instant now() = 0;
};

// The machine's own clock.
class SystemClock final : public Clock {
 public:
  Instant now() override;
};

}  // namespace fhirbin
