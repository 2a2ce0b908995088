#include "engine/chunk/chunk_hash.h"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/sample_bytes.h"

namespace fhirbin::chunk {
namespace {

using testing::random_bytes;

HashSecret make_secret() {
  HashSecret secret;
  for (std::size_t i = 0; i < secret.bytes.size(); ++i) {
    secret.bytes[i] = static_cast<std::byte>(i);
  }
  return secret;
}

TEST(ChunkHashTest, BlocksAreHashedByThemselvesAndTheirHashesTogether) {
  const HashSecret secret = make_secret();
  for (const std::size_t size : {std::size_t{1}, kHashBlockBytes - 1, kHashBlockBytes,
                                 kHashBlockBytes + 1, 3 * kHashBlockBytes, std::size_t{300'000}}) {
    SCOPED_TRACE(size);
    const ByteVector bytes = random_bytes(size, 1);
    std::vector<Hash128> want;
    ByteVector together;
    for (std::size_t at = 0; at < size; at += kHashBlockBytes) {
      const ByteSpan block = ByteSpan(bytes).subspan(at, std::min(kHashBlockBytes, size - at));
      want.push_back(compute_hash(secret, block));
      append_bytes(together, want.back().bytes);
    }
    std::vector<Hash128> hashes = {Hash128()};  // of a chunk before
    compute_block_hashes(secret, bytes, hashes);
    EXPECT_EQ(hashes, want);
    EXPECT_EQ(hashes.size(), count_hash_blocks(size));
    EXPECT_EQ(combine_block_hashes(secret, hashes), compute_hash(secret, together));
  }
}

TEST(ChunkHashTest, APartLiesInTheBlocksAroundIt) {
  constexpr std::size_t kBlock = kHashBlockBytes;
  constexpr std::size_t kChunk = 3 * kBlock + 100;
  const struct {
    std::size_t offset;
    std::size_t length;
    std::size_t first;
    std::size_t end;
  } cases[] = {{0, 1, 0, kBlock},
               {kBlock - 1, 1, 0, kBlock},
               {kBlock - 1, 2, 0, 2 * kBlock},
               {kBlock, kBlock, 1, 2 * kBlock},
               {kBlock, kBlock + 1, 1, 3 * kBlock},
               {3 * kBlock, 1, 3, kChunk},
               {kChunk - 1, 1, 3, kChunk},
               {1, kChunk - 1, 0, kChunk}};
  for (const auto& c : cases) {
    const BlockRange blocks = blocks_around(c.offset, c.length, kChunk);
    EXPECT_EQ(blocks.first, c.first) << c.offset << ' ' << c.length;
    EXPECT_EQ(blocks.offset, c.first * kBlock) << c.offset << ' ' << c.length;
    EXPECT_EQ(blocks.offset + blocks.length, c.end) << c.offset << ' ' << c.length;
  }
}

}  // namespace
}  // namespace fhirbin::chunk
