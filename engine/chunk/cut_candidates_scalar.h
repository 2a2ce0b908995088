#pragma once

#include <algorithm>

#include "engine/chunk/cut_candidates.h"

namespace fhirbin::chunk {

// Sets the bits of the candidates from position `begin` to `end`, as CandidateKernel::find() does;
// clears none. The vector kernels leave what fills no vector to it.
inline void find_candidates_one_by_one(const std::byte* content, std::size_t begin, std::size_t end,
                                       std::uint32_t limit, CandidateBits bits) noexcept {
  const auto byte_at = [content](std::size_t position, std::size_t before) {
    return std::to_integer<std::uint32_t>(*(content + position - before));
  };
  std::uint32_t sum = 0;
  for (std::size_t before = kWindowBytes; before > 0; --before) {
    sum = sum * kMultiplier + byte_at(begin, before);
  }
  for (std::size_t i = begin; i < end; ++i) {
    sum = sum * kMultiplier + (byte_at(i, 0) - kLeavingWeight * byte_at(i, kWindowBytes));
    if ((sum & (kCandidateEnd - 1)) >= kCandidateEnd - limit) {
      bits[i / kBitsPerWord] |= std::uint64_t{1} << (i % kBitsPerWord);
    }
  }
}

inline void clear_candidates(std::size_t count, CandidateBits bits) noexcept {
  std::ranges::fill(bits.first((count + kBitsPerWord - 1) / kBitsPerWord), 0);
}

}  // namespace fhirbin::chunk
