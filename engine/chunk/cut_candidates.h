#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace fhirbin::chunk {

// The first, cheap question of a Cutter: after which bytes may content be cut at all? A position is
// a candidate when the sum over the kWindowBytes bytes that end there, each times kMultiplier to
// the power of its distance to the last, is kCandidateEnd - limit or more, modulo kCandidateEnd.
// The sum rolls: a byte goes in, and one leaves with the weight that the multiplier has come to by
// then. The multiplier was picked so that this weight fits a signed byte, as vectors take both
// bytes by one multiply-add, and that no run of one byte is a candidate up to kMaxCandidateLimit,
// as the Cutter would hash each of its windows.
inline constexpr std::size_t kWindowBytes = 63;
inline constexpr std::uint16_t kMultiplier = 26221;
inline constexpr std::uint16_t kLeavingWeight = 101;
inline constexpr std::uint32_t kCandidateEnd = 1U << 16;
inline constexpr std::uint32_t kMaxCandidateLimit = 4096;

consteval std::uint16_t power(std::uint16_t base, std::size_t exponent) {
  std::uint32_t result = 1;
  for (; exponent > 0; --exponent) {
    result = result * base % kCandidateEnd;
  }
  return static_cast<std::uint16_t>(result);
}
static_assert(power(kMultiplier, kWindowBytes) == kLeavingWeight);

// Positions, one bit each, from the lowest bit of the first word on.
using CandidateBits = std::span<std::uint64_t>;
inline constexpr std::size_t kBitsPerWord = 64;

// How much readable content lies before the first position asked for.
inline constexpr std::size_t kLeadBytes = 64;

struct CandidateKernel {
  std::string_view name;

  // Sets the bits of the candidates among `count` positions, the first of them content[0], and
  // clears the others in the words they take. kLeadBytes before `content` are read as well; `limit`
  // is 1 to kMaxCandidateLimit.
  void (*find)(const std::byte* content, std::size_t count, std::uint32_t limit,
               CandidateBits bits) noexcept;
};

// The kernels that this CPU can run, slowest first: never empty.
std::span<const CandidateKernel* const> candidate_kernels() noexcept;

// The fastest of them, found once.
const CandidateKernel& candidate_kernel() noexcept;

// Each in a file of its own. Only what candidate_kernels() lists may be run.
const CandidateKernel& scalar_candidate_kernel() noexcept;
#if defined(__x86_64__)
const CandidateKernel& sse4_candidate_kernel() noexcept;
const CandidateKernel& avx2_candidate_kernel() noexcept;
#elif defined(__aarch64__)
const CandidateKernel& neon_candidate_kernel() noexcept;
#endif

}  // namespace fhirbin::chunk
