// Thirty-two lanes.

#if defined(__x86_64__)

#include <immintrin.h>

#define FHIRBIN_LANES_TARGET [[gnu::target("avx2"), gnu::always_inline]]

#include "engine/chunk/cut_candidates_lanes.h"

namespace fhirbin::chunk {
namespace {

// The halves of a register hold rows 0 to 15 and 16 to 31. So `low` sums rows 0 to 7 and 16 to 23,
// `high` rows 8 to 15 and 24 to 31.
struct Avx2Registers {
  static constexpr std::size_t kRows = 32;

  using Bytes = __m256i;
  struct Sums {
    __m256i low;
    __m256i high;
  };

  static std::size_t row_of(std::size_t lane) noexcept {
    return lane % 8 + (lane & 16U) / 2 + (lane & 8U) * 2;
  }

  FHIRBIN_LANES_TARGET static Bytes zero_bytes() noexcept { return _mm256_setzero_si256(); }
  FHIRBIN_LANES_TARGET static Sums zero_sums() noexcept {
    return {.low = zero_bytes(), .high = zero_bytes()};
  }

  FHIRBIN_LANES_TARGET static Bytes load(const std::byte* row, std::size_t half) noexcept {
    return _mm256_loadu2_m128i(reinterpret_cast<const __m128i*>(row + half),
                               reinterpret_cast<const __m128i*>(row));
  }
  FHIRBIN_LANES_TARGET static Bytes interleave_low(Bytes a, Bytes b) noexcept {
    return _mm256_unpacklo_epi8(a, b);
  }
  FHIRBIN_LANES_TARGET static Bytes interleave_high(Bytes a, Bytes b) noexcept {
    return _mm256_unpackhi_epi8(a, b);
  }

  FHIRBIN_LANES_TARGET static Sums roll(Sums sums, Bytes entering, Bytes leaving) noexcept {
    const __m256i multiplier = _mm256_set1_epi16(static_cast<short>(kMultiplier));
    const __m256i weights = _mm256_set1_epi16(kEnteringAndLeaving);
    const auto low = _mm256_maddubs_epi16(_mm256_unpacklo_epi8(entering, leaving), weights);
    const auto high = _mm256_maddubs_epi16(_mm256_unpackhi_epi8(entering, leaving), weights);
    return {.low = _mm256_add_epi16(_mm256_mullo_epi16(sums.low, multiplier), low),
            .high = _mm256_add_epi16(_mm256_mullo_epi16(sums.high, multiplier), high)};
  }
  FHIRBIN_LANES_TARGET static Sums max(Sums a, Sums b) noexcept {
    return {.low = _mm256_max_epu16(a.low, b.low), .high = _mm256_max_epu16(a.high, b.high)};
  }
  FHIRBIN_LANES_TARGET static void store(Sums sums, std::uint16_t* target) noexcept {
    _mm256_store_si256(reinterpret_cast<__m256i*>(target), sums.low);
    _mm256_store_si256(reinterpret_cast<__m256i*>(target + 16), sums.high);
  }
  // One bit for each lane whose sum is `least` or more.
  FHIRBIN_LANES_TARGET static std::uint64_t lanes_at_least(Sums sums,
                                                           std::uint32_t least) noexcept {
    const __m256i bound = _mm256_set1_epi16(static_cast<short>(least));
    const __m256i low = _mm256_cmpeq_epi16(_mm256_max_epu16(sums.low, bound), sums.low);
    const __m256i high = _mm256_cmpeq_epi16(_mm256_max_epu16(sums.high, bound), sums.high);
    // Packing takes turns between the halves, which the last permutation mends.
    const __m256i lanes = _mm256_permute4x64_epi64(_mm256_packs_epi16(low, high), 0b11011000);
    return static_cast<std::uint32_t>(_mm256_movemask_epi8(lanes));
  }
};

[[gnu::target("avx2")]] void find(const std::byte* content, std::size_t count, std::uint32_t limit,
                                  CandidateBits bits) noexcept {
  Lanes<Avx2Registers>::find(content, count, limit, bits);
}

constexpr CandidateKernel kKernel = {.name = "avx2", .find = find};

}  // namespace

const CandidateKernel& avx2_candidate_kernel() noexcept { return kKernel; }

}  // namespace fhirbin::chunk

#endif
