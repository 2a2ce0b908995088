#include "engine/util/clock.h"

namespace fhirbin {

Instant SystemClock::now() {
  return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

}  // namespace fhirbin
