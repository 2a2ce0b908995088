#pragma once

#include <algorithm>
#include <cstdint>

namespace fhirbin {

// `length` bytes starting at byte `offset`. Any pair of numbers is a valid value.
struct ByteRange {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;

  // The part of this range that lies inside content of `size_bytes`; length 0 where none does.
  constexpr ByteRange clamped_to(std::uint64_t size_bytes) const noexcept {
    const std::uint64_t start = std::min(offset, size_bytes);
    return {.offset = start, .length = std::min(length, size_bytes - start)};
  }

  friend constexpr bool operator==(const ByteRange&, const ByteRange&) = default;
};

}  // namespace fhirbin
