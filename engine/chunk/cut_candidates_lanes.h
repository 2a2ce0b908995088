// The loop of the vector kernels, over what their registers can do. A kernel includes it once,
// after it has defined FHIRBIN_LANES_TARGET, the attribute of functions for its CPU.
//
// Content is taken as so many rows as a register has bytes, one behind the other, and a lane walks
// along each: all take their next byte in one step. To give each lane its byte, blocks of sixteen
// bytes of every row are transposed.

#pragma once

#include <bit>

#include "engine/chunk/cut_candidates.h"
#include "engine/chunk/cut_candidates_scalar.h"

namespace fhirbin::chunk {
namespace {

constexpr std::size_t kBlockBytes = 16;
constexpr std::size_t kLeadBlocks = kLeadBytes / kBlockBytes;

// A cache line of each row at a time.
constexpr std::size_t kPrefetchBytes = 64;

// What the lanes have read, by position: the blocks that hold a window and the one that enters.
constexpr std::size_t kSeenBlocks = 8;
static_assert(kSeenBlocks > kLeadBlocks && std::has_single_bit(kSeenBlocks));

// The weights of a byte that enters and of one that leaves, as a pair of signed bytes.
constexpr std::int16_t kEnteringAndLeaving = -(kLeavingWeight << 8) | 1;

// `Registers` has the types Bytes (kRows of them) and Sums (the 16-bit sums of all lanes), and what
// is done with them.
template <class Registers>
struct Lanes {
  using Bytes = typename Registers::Bytes;
  using Sums = typename Registers::Sums;
  static constexpr std::size_t kRows = Registers::kRows;

  // So many rows are more than what the hardware follows by itself.
  FHIRBIN_LANES_TARGET static void prefetch(const std::byte* content,
                                            std::size_t row_bytes) noexcept {
    for (std::size_t row = 0; row < kRows; ++row) {
      __builtin_prefetch(content + row * row_bytes);
    }
  }

  // Four perfect shuffles of sixteen registers transpose them.
  FHIRBIN_LANES_TARGET static void transpose(const std::byte* content, std::size_t row_bytes,
                                             Bytes* target) noexcept {
    Bytes rows[kBlockBytes];
#pragma GCC unroll 16
    for (std::size_t row = 0; row < kBlockBytes; ++row) {
      rows[row] = Registers::load(content + row * row_bytes, kBlockBytes * row_bytes);
    }
#pragma GCC unroll 4
    for (int shuffle = 0; shuffle < 4; ++shuffle) {
      Bytes shuffled[kBlockBytes];
#pragma GCC unroll 8
      for (std::size_t row = 0; row < kBlockBytes / 2; ++row) {
        shuffled[2 * row] = Registers::interleave_low(rows[row], rows[row + kBlockBytes / 2]);
        shuffled[2 * row + 1] = Registers::interleave_high(rows[row], rows[row + kBlockBytes / 2]);
      }
#pragma GCC unroll 16
      for (std::size_t row = 0; row < kBlockBytes; ++row) {
        rows[row] = shuffled[row];
      }
    }
#pragma GCC unroll 16
    for (std::size_t row = 0; row < kBlockBytes; ++row) {
      target[row] = rows[row];
    }
  }

  // Sets the bits of the candidates of a block in the lanes that have any.
  static void mark(const std::uint16_t* sums, std::uint64_t lanes, std::size_t position,
                   std::size_t row_bytes, std::uint32_t limit, CandidateBits bits) noexcept {
    for (; lanes != 0; lanes &= lanes - 1) {
      const auto lane = static_cast<std::size_t>(std::countr_zero(lanes));
      const std::size_t first = Registers::row_of(lane) * row_bytes + position;
      for (std::size_t step = 0; step < kBlockBytes; ++step) {
        if (sums[step * kRows + lane] >= kCandidateEnd - limit) {
          const std::size_t at = first + step;
          bits[at / kBitsPerWord] |= std::uint64_t{1} << (at % kBitsPerWord);
        }
      }
    }
  }

  // Walks rows of `row_bytes`, a multiple of kBlockBytes; the first begins at `content`.
  FHIRBIN_LANES_TARGET static void walk(const std::byte* content, std::size_t row_bytes,
                                        std::uint32_t limit, CandidateBits bits) noexcept {
    Bytes seen[kSeenBlocks * kBlockBytes];
    Sums sum = Registers::no_sums();
    for (std::size_t block = 0; block < kLeadBlocks; ++block) {
      transpose(content - kLeadBytes + block * kBlockBytes, row_bytes, &seen[block * kBlockBytes]);
    }
    for (std::size_t i = kLeadBytes - kWindowBytes; i < kLeadBytes; ++i) {
      sum = Registers::roll(sum, seen[i], Registers::no_bytes());
    }
    alignas(64) std::uint16_t sums[kBlockBytes * kRows];
    for (std::size_t position = 0; position < row_bytes; position += kBlockBytes) {
      const std::size_t block = kLeadBlocks + position / kBlockBytes;
      Bytes* const entering = &seen[block % kSeenBlocks * kBlockBytes];
      if (position % kPrefetchBytes == 0) {
        prefetch(content + position + kPrefetchBytes, row_bytes);
      }
      transpose(content + position, row_bytes, entering);
      // What leaves with the first byte is the second one of the block that came a window before.
      const Bytes* const leaving = &seen[(block - kLeadBlocks) % kSeenBlocks * kBlockBytes];
      const Bytes* const leaving_last =
          &seen[(block - kLeadBlocks + 1) % kSeenBlocks * kBlockBytes];
      Sums greatest = Registers::no_sums();
#pragma GCC unroll 16
      for (std::size_t step = 0; step < kBlockBytes; ++step) {
        sum = Registers::roll(sum, entering[step],
                              step + 1 < kBlockBytes ? leaving[step + 1] : *leaving_last);
        Registers::store(sum, &sums[step * kRows]);
        greatest = Registers::max(greatest, sum);
      }
      if (const std::uint64_t lanes = Registers::lanes_from(greatest, kCandidateEnd - limit);
          lanes != 0) [[unlikely]] {
        mark(sums, lanes, position, row_bytes, limit, bits);
      }
    }
  }

  // CandidateKernel::find().
  FHIRBIN_LANES_TARGET static void find(const std::byte* content, std::size_t count,
                                        std::uint32_t limit, CandidateBits bits) noexcept {
    clear_candidates(count, bits);
    const std::size_t row_bytes = count / kRows / kBlockBytes * kBlockBytes;
    if (row_bytes > 0) {
      walk(content, row_bytes, limit, bits);
    }
    find_candidates_one_by_one(content, kRows * row_bytes, count, limit, bits);
  }
};

}  // namespace
}  // namespace fhirbin::chunk
