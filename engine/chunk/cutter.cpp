#include "engine/chunk/cutter.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <utility>

namespace fhirbin::chunk {
namespace {

// Zero bits by which the bounds differ from log2(average): the FastCDC paper's normalisation
// level 2.
constexpr unsigned kNormalization = 2;

// A gear hash forgets a byte after 64 more.
constexpr std::size_t kWindowBytes = 64;

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

// No cut lies before min_bytes, so only the window of the first candidate is hashed. A full window
// makes every candidate depend on the bytes around it alone and not on where the chunk began.
CutScanner::Step CutScanner::next(ByteSpan piece) noexcept {
  const CutterParameters& parameters = cutter_->parameters_;
  const std::size_t first_candidate = parameters.min_bytes - 1;
  const std::size_t window_begin =
      parameters.min_bytes - std::min<std::size_t>(kWindowBytes, parameters.min_bytes);
  std::size_t length = 0;
  const auto take_to = [&](std::size_t limit) {
    const std::size_t wanted = limit > taken_ ? limit - taken_ : 0;
    return piece.subspan(length, std::min(wanted, piece.size() - length));
  };
  const auto pass = [&](ByteSpan part) {
    length += part.size();
    taken_ += part.size();
  };

  pass(take_to(window_begin));
  const ByteSpan window = take_to(first_candidate);
  for (const std::byte b : window) {
    hash_ = (hash_ << 1) + cutter_->gear_[std::to_integer<std::size_t>(b)];
  }
  pass(window);
  bool ends = false;
  for (const auto& [limit, bound] : {std::pair{parameters.average_bytes, cutter_->strict_bound_},
                                     std::pair{parameters.max_bytes, cutter_->lax_bound_}}) {
    if (!ends && taken_ >= first_candidate) {
      const ByteSpan candidates = take_to(limit);
      std::size_t scanned = 0;
      ends = scan(candidates, bound, scanned);
      pass(candidates.first(scanned));
    }
  }
  ends = ends || taken_ == parameters.max_bytes;
  if (ends) {
    taken_ = 0;
    hash_ = 0;
  }
  return {.length = length, .ends = ends};
}

// Hashes on until a candidate's hash falls below `bound`; `length` says how far it came. Four bytes
// at a time, because each hash waits for the one before: the sums of what the four add do not.
bool CutScanner::scan(ByteSpan piece, std::uint64_t bound, std::size_t& length) noexcept {
  const std::byte* const bytes = piece.data();
  const std::uint64_t* const table = cutter_->gear_.data();
  const auto gear = [table, bytes](std::size_t i) {
    return table[std::to_integer<std::size_t>(bytes[i])];
  };
  std::uint64_t hash = hash_;
  std::size_t i = 0;
  for (; i + 4 <= piece.size(); i += 4) {
    const std::uint64_t add1 = gear(i);
    const std::uint64_t add2 = (add1 << 1) + gear(i + 1);
    const std::uint64_t add3 = (add2 << 1) + gear(i + 2);
    const std::uint64_t add4 = (add3 << 1) + gear(i + 3);
    // Without a branch for each: only one in some hundred thousand is a cut.
    const auto below = [bound](std::uint64_t candidate) { return unsigned{candidate < bound}; };
    const unsigned near = below((hash << 1) + add1) | below((hash << 2) + add2) |
                          below((hash << 3) + add3) | below((hash << 4) + add4);
    if (near != 0) {
      break;
    }
    hash = (hash << 4) + add4;
  }
  bool found = false;
  while (!found && i < piece.size()) {
    hash = (hash << 1) + gear(i++);
    found = hash < bound;
  }
  hash_ = hash;
  length = i;
  return found;
}

}  // namespace fhirbin::chunk
