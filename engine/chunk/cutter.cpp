#include "engine/chunk/cutter.h"

#include <bit>
#include <cassert>

#include "engine/chunk/cut_scanner.h"

namespace fhirbin::chunk {
namespace {

// Zero bits by which the bounds differ from log2(average): the FastCDC paper's normalisation
// level 2.
constexpr unsigned kNormalization = 2;

// Exclusive upper bound of the hashes whose `zero_bits` highest bits are zero. High bits have seen
// the whole window, low bits only the last few bytes.
constexpr std::uint64_t bound_of(unsigned zero_bits) noexcept {
  return std::uint64_t{1} << (64 - zero_bits);
}

}  // namespace

Cutter::Cutter(const CutterParameters& parameters, const HashSecret& secret)
    : parameters_(parameters) {
  assert(std::has_single_bit(parameters.average_bytes) && parameters.average_bytes >= 64);
  assert(parameters.min_bytes <= parameters.average_bytes && parameters.min_bytes > 0);
  assert(parameters.average_bytes <= parameters.max_bytes);
  const auto average_bits = static_cast<unsigned>(std::countr_zero(parameters.average_bytes));
  strict_bound_ = bound_of(average_bits + kNormalization);
  lax_bound_ = bound_of(average_bits - kNormalization);
  for (std::uint64_t i = 0; i < gear_.size(); ++i) {
    std::array<std::byte, sizeof i> counter{};
    store_le(counter.data(), i);
    gear_[i] = compute_hash(secret, counter).prefix();
  }
}

std::size_t Cutter::find_cut(ByteSpan content) const noexcept {
  return CutScanner(*this).next(content).length;
}

}  // namespace fhirbin::chunk
