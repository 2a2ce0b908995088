// Sixteen lanes, for ARM.

#if defined(__aarch64__)

#include <array>

#include <arm_neon.h>

#define FHIRBIN_LANES_TARGET [[gnu::always_inline]]

#include "engine/chunk/cut_candidates_lanes.h"

namespace fhirbin::chunk {
namespace {

struct NeonRegisters {
  static constexpr std::size_t kRows = 16;

  using Bytes = uint8x16_t;
  // Of the rows from 0 and from 8 on.
  struct Sums {
    uint16x8_t low;
    uint16x8_t high;
  };

  static std::size_t row_of(std::size_t lane) noexcept { return lane; }

  FHIRBIN_LANES_TARGET static Bytes zero_bytes() noexcept { return vdupq_n_u8(0); }
  FHIRBIN_LANES_TARGET static Sums zero_sums() noexcept {
    return {.low = vdupq_n_u16(0), .high = vdupq_n_u16(0)};
  }

  FHIRBIN_LANES_TARGET static Bytes load(const std::byte* row, std::size_t) noexcept {
    return vld1q_u8(reinterpret_cast<const std::uint8_t*>(row));
  }
  FHIRBIN_LANES_TARGET static Bytes interleave_low(Bytes a, Bytes b) noexcept {
    return vzip1q_u8(a, b);
  }
  FHIRBIN_LANES_TARGET static Bytes interleave_high(Bytes a, Bytes b) noexcept {
    return vzip2q_u8(a, b);
  }

  FHIRBIN_LANES_TARGET static Sums roll(Sums sums, Bytes entering, Bytes leaving) noexcept {
    const uint16x8_t multiplier = vdupq_n_u16(kMultiplier);
    const uint8x16_t weight = vdupq_n_u8(kLeavingWeight);
    const uint16x8_t low =
        vmlsl_u8(vmovl_u8(vget_low_u8(entering)), vget_low_u8(leaving), vget_low_u8(weight));
    const uint16x8_t high = vmlsl_high_u8(vmovl_high_u8(entering), leaving, weight);
    return {.low = vmlaq_u16(low, sums.low, multiplier),
            .high = vmlaq_u16(high, sums.high, multiplier)};
  }
  FHIRBIN_LANES_TARGET static Sums max(Sums a, Sums b) noexcept {
    return {.low = vmaxq_u16(a.low, b.low), .high = vmaxq_u16(a.high, b.high)};
  }
  FHIRBIN_LANES_TARGET static void store(Sums sums, std::uint16_t* target) noexcept {
    vst1q_u16(target, sums.low);
    vst1q_u16(target + 8, sums.high);
  }
  FHIRBIN_LANES_TARGET static std::uint64_t lanes_at_least(Sums sums,
                                                           std::uint32_t least) noexcept {
    const uint16x8_t bound = vdupq_n_u16(static_cast<std::uint16_t>(least));
    const uint8x16_t lanes =
        vcombine_u8(vmovn_u16(vcgeq_u16(sums.low, bound)), vmovn_u16(vcgeq_u16(sums.high, bound)));
    alignas(16) constexpr std::array<std::uint8_t, 16> kLaneBits = {1, 2, 4, 8, 16, 32, 64, 128,
                                                                    1, 2, 4, 8, 16, 32, 64, 128};
    const uint8x16_t marked = vandq_u8(lanes, vld1q_u8(kLaneBits.data()));
    return std::uint64_t{vaddv_u8(vget_low_u8(marked))} |
           std::uint64_t{vaddv_u8(vget_high_u8(marked))} << 8;
  }
};

void find(const std::byte* content, std::size_t count, std::uint32_t limit,
          CandidateBits bits) noexcept {
  Lanes<NeonRegisters>::find(content, count, limit, bits);
}

constexpr CandidateKernel kKernel = {.name = "neon", .find = find};

}  // namespace

const CandidateKernel& neon_candidate_kernel() noexcept { return kKernel; }

}  // namespace fhirbin::chunk

#endif
