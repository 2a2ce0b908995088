#include "engine/chunk/cutter.h"

#include <algorithm>
#include <bit>
#include <cassert>

namespace fhirbin::chunk {
namespace {

// Bits by which the masks differ from log2(average): the FastCDC paper's normalisation level 2.
constexpr unsigned kNormalization = 2;

// A gear hash forgets a byte after 64 more.
constexpr std::size_t kWindowBytes = 64;

// High bits have seen the whole window, low bits only the last few bytes.
constexpr std::uint64_t high_bits(unsigned count) noexcept {
  return ~std::uint64_t{0} << (64 - count);
}

}  // namespace

Cutter::Cutter(const CutterParameters& parameters, const HashSecret& secret)
    : parameters_(parameters) {
  assert(std::has_single_bit(parameters.average_bytes) && parameters.average_bytes >= 64);
  assert(parameters.min_bytes <= parameters.average_bytes && parameters.min_bytes > 0);
  assert(parameters.average_bytes <= parameters.max_bytes);
  const auto average_bits = static_cast<unsigned>(std::countr_zero(parameters.average_bytes));
  strict_mask_ = high_bits(average_bits + kNormalization);
  lax_mask_ = high_bits(average_bits - kNormalization);
  for (std::uint64_t i = 0; i < gear_.size(); ++i) {
    std::array<std::byte, sizeof i> counter{};
    store_le(counter.data(), i);
    gear_[i] = compute_hash(secret, counter).prefix();
  }
}

std::size_t Cutter::find_cut(ByteSpan content) const noexcept {
  const std::size_t end = std::min<std::size_t>(content.size(), parameters_.max_bytes);
  if (end <= parameters_.min_bytes) {
    return end;
  }
  const std::size_t turn = std::min<std::size_t>(end, parameters_.average_bytes);
  const std::byte* const bytes = content.data();
  const auto gear = [this, bytes](std::size_t i) {
    return gear_[std::to_integer<std::size_t>(bytes[i])];
  };

  // No cut lies before min_bytes, so only the window of the first candidate is hashed. A full
  // window makes every candidate depend on the bytes around it alone and not on where the chunk
  // began.
  std::size_t i =
      parameters_.min_bytes - std::min<std::size_t>(kWindowBytes, parameters_.min_bytes);
  std::uint64_t hash = 0;
  for (; i + 1 < parameters_.min_bytes; ++i) {
    hash = (hash << 1) + gear(i);
  }
  const auto scan_to = [&](std::size_t limit, std::uint64_t mask) {
    while (i < limit) {
      hash = (hash << 1) + gear(i++);
      if ((hash & mask) == 0) {
        return true;
      }
    }
    return false;
  };
  (void)(scan_to(turn, strict_mask_) || scan_to(end, lax_mask_));
  return i;
}

}  // namespace fhirbin::chunk
