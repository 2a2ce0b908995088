#include "engine/chunk/cutter.h"

#include <algorithm>
#include <bit>
#include <cassert>

#include "engine/chunk/cut_scanner.h"

namespace fhirbin::chunk {
namespace {

// Bits by which the odds of a cut differ from one in the average: the FastCDC paper's normalisation
// level 2.
constexpr unsigned kNormalization = 2;

// One position in 2^kCandidateBits is a candidate, more where the average is small: few enough for
// their hashes to cost little beside finding them.
constexpr unsigned kCandidateBits = 13;

// The greatest hash whose `zero_bits` highest bits are zero.
constexpr std::uint64_t max_hash_with(unsigned zero_bits) noexcept {
  return ~std::uint64_t{0} >> zero_bits;
}

}  // namespace

Cutter::Cutter(const CutterParameters& parameters, const HashSecret& secret,
               const CandidateKernel& kernel)
    : parameters_(parameters), secret_(secret), kernel_(&kernel) {
  assert(std::has_single_bit(parameters.average_bytes));
  assert(parameters.min_bytes <= parameters.average_bytes && parameters.min_bytes >= kMinCutBytes);
  assert(parameters.average_bytes <= parameters.max_bytes);
  const auto average_bits = static_cast<unsigned>(std::countr_zero(parameters.average_bytes));
  const unsigned candidate_bits = std::min(average_bits - kNormalization, kCandidateBits);
  candidate_limit_ = kCandidateEnd >> candidate_bits;
  assert(candidate_limit_ <= kMaxCandidateLimit);
  strict_max_hash_ = max_hash_with(average_bits + kNormalization - candidate_bits);
  lax_max_hash_ = max_hash_with(average_bits - kNormalization - candidate_bits);
}

std::size_t Cutter::find_cut(ByteSpan content) const noexcept {
  return CutScanner(*this).next(content).length;
}

// Whether a chunk of `length` bytes ends at `end`, where a candidate is.
bool Cutter::ends_chunk(const std::byte* end, std::size_t length) const noexcept {
  const ByteSpan window(end - kWindowBytes, kWindowBytes);
  const bool strict = length <= parameters_.average_bytes;
  return compute_hash(secret_, window).prefix() <= (strict ? strict_max_hash_ : lax_max_hash_);
}

}  // namespace fhirbin::chunk
