#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "engine/util/bytes.h"
#include "fhirbin/options.h"
#include "tests/support/test_environment.h"

namespace fhirbin::testing {

inline constexpr std::uint64_t kModelVolumeLimitBytes = 32U << 10;

// The stores of this suite: chunks and volumes so small that a few writes cross every threshold.
inline store::Environment model_environment(Clock& clock) {
  store::Environment environment = small_chunks(kModelVolumeLimitBytes);
  environment.clock = &clock;
  return environment;
}

inline constexpr unsigned kSizeClasses = 22;

// A size at, just below or just above a threshold of a store with this inline limit; small classes
// are small sizes.
std::size_t threshold_size(unsigned size_class, std::uint32_t inline_limit_bytes);

// How to make content: small numbers that shrink well and bring the same bytes back often.
struct Recipe {
  enum class Kind : std::uint8_t { kText, kRandom, kZeros, kOfHead };
  enum class Edit : std::uint8_t { kNone, kChange, kInsert, kErase };

  Kind kind = Kind::kText;
  unsigned size_class = 0;
  unsigned seed = 0;
  Edit edit = Edit::kNone;
  unsigned place = 0;  // of the edit, in sixteenths of the content
};

// `head` is what kOfHead starts from: the present content of the Binary concerned.
ByteVector make_content(const Recipe& recipe, std::uint32_t inline_limit_bytes, ByteSpan head);

std::string describe(const Recipe& recipe);

}  // namespace fhirbin::testing
