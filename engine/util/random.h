#pragma once

#include "engine/util/bytes.h"
#include "fhirbin/error.h"

namespace fhirbin {

// Where ids, store ids and secrets come from. Thread-safe.
class Random {
 public:
  Random() = default;
  Random(const Random&) = delete;
  Random& operator=(const Random&) = delete;
  virtual ~Random() = default;

  virtual Result<void> fill(MutableByteSpan bytes) = 0;
};

// The kernel's generator.
class SystemRandom final : public Random {
 public:
  Result<void> fill(MutableByteSpan bytes) override;
};

}  // namespace fhirbin
