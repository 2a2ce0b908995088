// The loop of the vector kernels, over what their registers can do. A kernel includes it once,
// after it has defined FHIRBIN_LANES_TARGET, the attribute of functions for its CPU.
//
// Content is taken as so many rows as a register has bytes, one behind the other, and a lane walks
// along each: all take their next byte in one step. To give each lane its byte, tiles of sixteen
// bytes of every row are transposed.

#pragma once

#include <array>
#include <bit>

#include "engine/chunk/cut_candidates.h"
#include "engine/chunk/cut_candidates_scalar.h"

namespace fhirbin::chunk {
namespace {

constexpr std::size_t kTileBytes = 16;
constexpr std::size_t kLeadTiles = kLeadBytes / kTileBytes;

// A cache line of each row at a time.
constexpr std::size_t kPrefetchBytes = 64;

// What the lanes have read, by position: the tiles that hold a window and the one that enters.
constexpr std::size_t kSeenTiles = 8;
static_assert(kSeenTiles > kLeadTiles && std::has_single_bit(kSeenTiles));

// The weights of a byte that enters and of one that leaves, as a pair of signed bytes.
constexpr std::int16_t kEnteringAndLeaving = -(kLeavingWeight << 8) | 1;

// `Registers` is what a CPU has: the types Bytes (kRows of them in a register) and Sums (16 bits
// for each lane), and
//   zero_bytes(), zero_sums()
//   load(row, half)         16 bytes of a row; where a register holds 32, also those `half` behind
//   interleave_low(a, b)    a0 b0 a1 b1 ... of the lower halves of each 16 bytes; _high: the upper
//   roll(sums, in, out)     the sums after one byte of each row went in and one went out
//   max(a, b)               lane by lane
//   store(sums, target)     the sums in the order of their lanes
//   lanes_at_least(sums, n) a bit for each lane whose sum is n or more
//   row_of(lane)            where interleaving has left the rows
template <class Registers>
struct Lanes {
  // NOLINTBEGIN(modernize-avoid-c-arrays): std::array would drop what the vector types are marked
  // with

  using Bytes = typename Registers::Bytes;
  using Sums = typename Registers::Sums;
  static constexpr std::size_t kRows = Registers::kRows;

  // Hardware prefetchers follow fewer streams than kRows.
  FHIRBIN_LANES_TARGET static void prefetch(const std::byte* content,
                                            std::size_t row_bytes) noexcept {
    for (std::size_t row = 0; row < kRows; ++row) {
      __builtin_prefetch(content + row * row_bytes);
    }
  }

  // Four perfect shuffles of sixteen registers transpose them.
  FHIRBIN_LANES_TARGET static void transpose(const std::byte* content, std::size_t row_bytes,
                                             Bytes* target) noexcept {
    Bytes rows[kTileBytes];
#pragma GCC unroll 16
    for (std::size_t row = 0; row < kTileBytes; ++row) {
      rows[row] = Registers::load(content + row * row_bytes, kTileBytes * row_bytes);
    }
#pragma GCC unroll 4
    for (int shuffle = 0; shuffle < 4; ++shuffle) {
      Bytes shuffled[kTileBytes];
#pragma GCC unroll 8
      for (std::size_t row = 0; row < kTileBytes / 2; ++row) {
        shuffled[2 * row] = Registers::interleave_low(rows[row], rows[row + kTileBytes / 2]);
        shuffled[2 * row + 1] = Registers::interleave_high(rows[row], rows[row + kTileBytes / 2]);
      }
#pragma GCC unroll 16
      for (std::size_t row = 0; row < kTileBytes; ++row) {
        rows[row] = shuffled[row];
      }
    }
#pragma GCC unroll 16
    for (std::size_t row = 0; row < kTileBytes; ++row) {
      target[row] = rows[row];
    }
  }

  // Sets the bits of the candidates of a tile in the lanes that have any.
  static void mark(const std::uint16_t* sums, std::uint64_t lanes, std::size_t position,
                   std::size_t row_bytes, std::uint32_t limit, CandidateBits bits) noexcept {
    for (; lanes != 0; lanes &= lanes - 1) {
      const auto lane = static_cast<std::size_t>(std::countr_zero(lanes));
      const std::size_t first = Registers::row_of(lane) * row_bytes + position;
      for (std::size_t step = 0; step < kTileBytes; ++step) {
        if (sums[step * kRows + lane] >= kCandidateEnd - limit) {
          const std::size_t at = first + step;
          bits[at / kBitsPerWord] |= std::uint64_t{1} << (at % kBitsPerWord);
        }
      }
    }
  }

  // The sums before the rows' first bytes; fills the tiles of `seen` that come before them.
  FHIRBIN_LANES_TARGET static Sums start(const std::byte* content, std::size_t row_bytes,
                                         Bytes* seen) noexcept {
    for (std::size_t tile = 0; tile < kLeadTiles; ++tile) {
      transpose(content - kLeadBytes + tile * kTileBytes, row_bytes, &seen[tile * kTileBytes]);
    }
    Sums sum = Registers::zero_sums();
    for (std::size_t i = kLeadBytes - kWindowBytes; i < kLeadBytes; ++i) {
      sum = Registers::roll(sum, seen[i], Registers::zero_bytes());
    }
    return sum;
  }

  // Walks rows of `row_bytes`, a multiple of kTileBytes; the first begins at `content`.
  FHIRBIN_LANES_TARGET static void walk(const std::byte* content, std::size_t row_bytes,
                                        std::uint32_t limit, CandidateBits bits) noexcept {
    Bytes seen[kSeenTiles * kTileBytes];
    Sums sum = start(content, row_bytes, seen);
    alignas(64) std::array<std::uint16_t, kTileBytes * kRows> sums;  // each tile writes all
    for (std::size_t position = 0; position < row_bytes; position += kTileBytes) {
      const std::size_t tile = kLeadTiles + position / kTileBytes;
      Bytes* const entering = &seen[tile % kSeenTiles * kTileBytes];
      if (position % kPrefetchBytes == 0) {
        prefetch(content + position + kPrefetchBytes, row_bytes);
      }
      transpose(content + position, row_bytes, entering);
      // What leaves with the first byte is the second one of the tile that came a window before.
      const Bytes* const leaving = &seen[(tile - kLeadTiles) % kSeenTiles * kTileBytes];
      const Bytes* const leaving_last = &seen[(tile - kLeadTiles + 1) % kSeenTiles * kTileBytes];
      Sums greatest = Registers::zero_sums();
#pragma GCC unroll 16
      for (std::size_t step = 0; step < kTileBytes; ++step) {
        sum = Registers::roll(sum, entering[step],
                              step + 1 < kTileBytes ? leaving[step + 1] : *leaving_last);
        Registers::store(sum, &sums[step * kRows]);
        greatest = Registers::max(greatest, sum);
      }
      if (const std::uint64_t lanes = Registers::lanes_at_least(greatest, kCandidateEnd - limit);
          lanes != 0) [[unlikely]] {
        mark(sums.data(), lanes, position, row_bytes, limit, bits);
      }
    }
  }

  // NOLINTEND(modernize-avoid-c-arrays)

  // CandidateKernel::find().
  FHIRBIN_LANES_TARGET static void find(const std::byte* content, std::size_t count,
                                        std::uint32_t limit, CandidateBits bits) noexcept {
    clear_candidates(count, bits);
    const std::size_t row_bytes = count / kRows / kTileBytes * kTileBytes;
    if (row_bytes > 0) {
      walk(content, row_bytes, limit, bits);
    }
    find_candidates_one_by_one(content, kRows * row_bytes, count, limit, bits);
  }
};

}  // namespace
}  // namespace fhirbin::chunk
