#pragma once

#include <cstdio>
#include <cstdlib>

namespace fhirbin::fuzz {

// A property that does not hold is a crash to the fuzzer.
inline void require(bool holds, const char* property) {
  if (!holds) {
    std::fprintf(stderr, "broken: %s\n", property);
    std::abort();
  }
}

}  // namespace fhirbin::fuzz
