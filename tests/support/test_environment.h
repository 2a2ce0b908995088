#pragma once

#include "engine/store/environment.h"

namespace fhirbin::testing {

// Volumes that fill after a few uploads, so that sealing, dropping and compaction cost little.
inline store::Environment small_volumes(std::uint64_t volume_limit_bytes) {
  store::Environment environment = store::system_environment();
  environment.volume_limit_bytes = volume_limit_bytes;
  return environment;
}

// Short chunks besides, so that content of some kilobytes has several.
inline store::Environment small_chunks(std::uint64_t volume_limit_bytes) {
  store::Environment environment = small_volumes(volume_limit_bytes);
  environment.cutter = {.min_bytes = 1U << 10, .average_bytes = 4U << 10, .max_bytes = 16U << 10};
  return environment;
}

inline store::Environment with_clock(Clock& clock) {
  store::Environment environment = store::system_environment();
  environment.clock = &clock;
  return environment;
}

}  // namespace fhirbin::testing
