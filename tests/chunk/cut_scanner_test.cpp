#include "engine/chunk/cut_scanner.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/chunk/cut_all.h"
#include "tests/support/sample_bytes.h"

namespace fhirbin::chunk {
namespace {

using testing::random_bytes;

std::vector<std::size_t> scan_in_pieces(const Cutter& cutter, ByteSpan content,
                                        std::size_t piece_bytes) {
  std::vector<std::size_t> lengths;
  CutScanner scanner(cutter);
  std::size_t taken = 0;
  while (!content.empty()) {
    const ByteSpan piece = content.first(std::min(piece_bytes, content.size()));
    const auto [length, ends] = scanner.next(piece);
    EXPECT_TRUE(ends || length == piece.size()) << "stopped in the middle of a chunk";
    taken += length;
    content = content.subspan(length);
    if (ends || content.empty()) {
      lengths.push_back(std::exchange(taken, 0));
    }
  }
  return lengths;
}

TEST(CutScannerTest, ContentIsCutAlikeInWhateverPiecesItComes) {
  const CutterParameters cases[] = {
      {.min_bytes = 64, .average_bytes = 64, .max_bytes = 64},
      {.min_bytes = 65, .average_bytes = 128, .max_bytes = 512},
      {.min_bytes = 64, .average_bytes = 64, .max_bytes = 1000},
      {.min_bytes = 1 << 10, .average_bytes = 4 << 10, .max_bytes = 16 << 10}};
  const ByteVector contents[] = {random_bytes(200'003, 1), ByteVector(100'001)};
  for (const CutterParameters& parameters : cases) {
    const Cutter cutter(parameters, HashSecret{});
    for (const ByteVector& content : contents) {
      const auto want = cut_all(cutter, content);
      for (const unsigned piece_bytes :
           {1U, 2U, 3U, 5U, 7U, 63U, 64U, 65U, 127U, 128U, 511U, 40'000U, 1U << 20}) {
        EXPECT_EQ(scan_in_pieces(cutter, content, piece_bytes), want)
            << parameters.min_bytes << ' ' << piece_bytes;
      }
    }
  }
}

}  // namespace
}  // namespace fhirbin::chunk
