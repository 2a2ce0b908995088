#include "engine/chunk/cut_scanner.h"

#include <algorithm>

namespace fhirbin::chunk {
namespace {

// A gear hash forgets a byte after 64 more.
constexpr std::size_t kWindowBytes = 64;

}  // namespace

CutScanner::Step CutScanner::next(ByteSpan piece) noexcept {
  const CutterParameters& sizes = cutter_->parameters_;
  ByteSpan rest = piece;
  fill_window(rest);
  const bool ends =
      taken_ + 1 >= sizes.min_bytes &&
      (scan_to(sizes.average_bytes, cutter_->strict_bound_, rest) ||
       scan_to(sizes.max_bytes, cutter_->lax_bound_, rest) || taken_ == sizes.max_bytes);
  if (ends) {
    taken_ = 0;
    hash_ = 0;
  }
  return {.length = piece.size() - rest.size(), .ends = ends};
}

// Takes what brings the chunk to `limit` bytes off `rest`, or all there is.
ByteSpan CutScanner::take_to(std::size_t limit, ByteSpan& rest) noexcept {
  const std::size_t wanted = limit > taken_ ? limit - taken_ : 0;
  const ByteSpan part = rest.first(std::min(wanted, rest.size()));
  rest = rest.subspan(part.size());
  taken_ += part.size();
  return part;
}

// No cut lies before min_bytes, so only the window of the first candidate is hashed. A full window
// makes every candidate depend on the bytes around it alone and not on where the chunk began.
void CutScanner::fill_window(ByteSpan& rest) noexcept {
  const std::size_t min_bytes = cutter_->parameters_.min_bytes;
  (void)take_to(min_bytes - std::min(kWindowBytes, min_bytes), rest);  // no candidate sees these
  for (const std::byte b : take_to(min_bytes - 1, rest)) {
    hash_ = (hash_ << 1) + cutter_->gear_[std::to_integer<std::size_t>(b)];
  }
}

// Whether a candidate up to `limit` bytes of the chunk falls below `bound`; takes all up to it.
bool CutScanner::scan_to(std::size_t limit, std::uint64_t bound, ByteSpan& rest) noexcept {
  const std::size_t wanted = limit > taken_ ? limit - taken_ : 0;
  std::size_t scanned = 0;
  const bool found = scan(rest.first(std::min(wanted, rest.size())), bound, scanned);
  (void)take_to(taken_ + scanned, rest);
  return found;
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
