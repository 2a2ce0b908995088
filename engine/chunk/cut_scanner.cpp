#include "engine/chunk/cut_scanner.h"

#include <algorithm>
#include <bit>

namespace fhirbin::chunk {
namespace {

// Positions asked for at a time: few enough that what is read stays in a first-level cache, and
// whole rows for every kernel, of lengths that do not meet in the same few sets of it.
constexpr std::size_t kScanBytes = 30U << 10;
static_assert(kScanBytes % kBitsPerWord == 0 && kScanBytes % 512 == 0);

}  // namespace

CutScanner::Step CutScanner::next(ByteSpan piece) noexcept {
  const CutterParameters& sizes = cutter_->parameters_;
  const ByteSpan part = piece.first(std::min(piece.size(), sizes.max_bytes - taken_));
  // No cut lies before min_bytes.
  const std::size_t begin = sizes.min_bytes > taken_ ? sizes.min_bytes - taken_ - 1 : 0;
  const std::optional<std::size_t> cut = find_end(part, begin);
  const std::size_t length = cut.value_or(part.size());
  const bool ends = cut || taken_ + length == sizes.max_bytes;
  remember(part.first(length));
  taken_ = ends ? 0 : taken_ + length;
  return {.length = length, .ends = ends};
}

// The length of `piece` up to the end of the chunk, when one of its bytes from `begin` on is the
// last.
std::optional<std::size_t> CutScanner::find_end(ByteSpan piece, std::size_t begin) const noexcept {
  std::size_t at = begin;
  if (at < std::min(kLeadBytes, piece.size())) {
    // The windows of these reach back into what came before.
    std::array<std::byte, 2 * kLeadBytes> joint{};
    const ByteSpan front = piece.first(std::min(kLeadBytes, piece.size()));
    std::ranges::copy(last_, joint.begin());
    std::ranges::copy(front, joint.begin() + kLeadBytes);
    if (auto end =
            find_end_within(joint.data() + kLeadBytes + at, front.size() - at, taken_ + at)) {
      return at + *end;
    }
    at = front.size();
  }
  while (at < piece.size()) {
    const std::size_t count = std::min(kScanBytes, piece.size() - at);
    if (auto end = find_end_within(piece.data() + at, count, taken_ + at)) {
      return at + *end;
    }
    at += count;
  }
  return std::nullopt;
}

// The same for `count` bytes of a chunk that has `taken` before them.
std::optional<std::size_t> CutScanner::find_end_within(const std::byte* content, std::size_t count,
                                                       std::size_t taken) const noexcept {
  std::array<std::uint64_t, kScanBytes / kBitsPerWord> bits;  // find() writes what is looked at
  cutter_->kernel_->find(content, count, cutter_->candidate_limit_, bits);
  const std::size_t words = (count + kBitsPerWord - 1) / kBitsPerWord;
  for (std::size_t word = 0; word < words; ++word) {
    for (std::uint64_t left = bits[word]; left != 0; left &= left - 1) {
      const std::size_t length =
          word * kBitsPerWord + static_cast<std::size_t>(std::countr_zero(left)) + 1;
      if (cutter_->ends_chunk(content + length, taken + length)) {
        return length;
      }
    }
  }
  return std::nullopt;
}

void CutScanner::remember(ByteSpan piece) noexcept {
  if (piece.empty()) {
    return;
  }
  const ByteSpan end = piece.last(std::min(piece.size(), last_.size()));
  std::ranges::copy(std::span(last_).subspan(end.size()), last_.begin());
  std::ranges::copy(end, last_.end() - static_cast<std::ptrdiff_t>(end.size()));
}

}  // namespace fhirbin::chunk
