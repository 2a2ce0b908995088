// Sixteen lanes, for CPUs without AVX2.

#if defined(__x86_64__)

#include <immintrin.h>

#define FHIRBIN_LANES_TARGET [[gnu::target("sse4.1"), gnu::always_inline]]

#include "engine/chunk/cut_candidates_lanes.h"

namespace fhirbin::chunk {
namespace {

struct Sse4Registers {
  static constexpr std::size_t kRows = 16;

  using Bytes = __m128i;
  // Of the rows from 0 and from 8 on.
  struct Sums {
    __m128i low;
    __m128i high;
  };

  static std::size_t row_of(std::size_t lane) noexcept { return lane; }

  FHIRBIN_LANES_TARGET static Bytes zero_bytes() noexcept { return _mm_setzero_si128(); }
  FHIRBIN_LANES_TARGET static Sums zero_sums() noexcept {
    return {.low = zero_bytes(), .high = zero_bytes()};
  }

  FHIRBIN_LANES_TARGET static Bytes load(const std::byte* row, std::size_t) noexcept {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(row));
  }
  FHIRBIN_LANES_TARGET static Bytes interleave_low(Bytes a, Bytes b) noexcept {
    return _mm_unpacklo_epi8(a, b);
  }
  FHIRBIN_LANES_TARGET static Bytes interleave_high(Bytes a, Bytes b) noexcept {
    return _mm_unpackhi_epi8(a, b);
  }

  FHIRBIN_LANES_TARGET static Sums roll(Sums sums, Bytes entering, Bytes leaving) noexcept {
    const __m128i multiplier = _mm_set1_epi16(static_cast<short>(kMultiplier));
    const __m128i weights = _mm_set1_epi16(kEnteringAndLeaving);
    const __m128i low = _mm_maddubs_epi16(_mm_unpacklo_epi8(entering, leaving), weights);
    const __m128i high = _mm_maddubs_epi16(_mm_unpackhi_epi8(entering, leaving), weights);
    return {.low = _mm_add_epi16(_mm_mullo_epi16(sums.low, multiplier), low),
            .high = _mm_add_epi16(_mm_mullo_epi16(sums.high, multiplier), high)};
  }
  FHIRBIN_LANES_TARGET static Sums max(Sums a, Sums b) noexcept {
    return {.low = _mm_max_epu16(a.low, b.low), .high = _mm_max_epu16(a.high, b.high)};
  }
  FHIRBIN_LANES_TARGET static void store(Sums sums, std::uint16_t* target) noexcept {
    _mm_store_si128(reinterpret_cast<__m128i*>(target), sums.low);
    _mm_store_si128(reinterpret_cast<__m128i*>(target + 8), sums.high);
  }
  FHIRBIN_LANES_TARGET static std::uint64_t lanes_at_least(Sums sums,
                                                           std::uint32_t least) noexcept {
    const __m128i bound = _mm_set1_epi16(static_cast<short>(least));
    const __m128i low = _mm_cmpeq_epi16(_mm_max_epu16(sums.low, bound), sums.low);
    const __m128i high = _mm_cmpeq_epi16(_mm_max_epu16(sums.high, bound), sums.high);
    return static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_packs_epi16(low, high)));
  }
};

[[gnu::target("sse4.1")]] void find(const std::byte* content, std::size_t count,
                                    std::uint32_t limit, CandidateBits bits) noexcept {
  Lanes<Sse4Registers>::find(content, count, limit, bits);
}

constexpr CandidateKernel kKernel = {.name = "sse4", .find = find};

}  // namespace

const CandidateKernel& sse4_candidate_kernel() noexcept { return kKernel; }

}  // namespace fhirbin::chunk

#endif
