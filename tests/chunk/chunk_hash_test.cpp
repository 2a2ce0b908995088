#include "engine/chunk/chunk_hash.h"

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
      const ByteSpan block = ByteSpan(bytes).subspan(at, std::min<std::size_t>(32'768, size - at));
      want.push_back(compute_hash(secret, block));
      append_bytes(together, want.back().bytes);
    }
    std::vector<Hash128> hashes = {Hash128()};  // of a chunk before
    hash_blocks(secret, bytes, hashes);
    EXPECT_EQ(hashes, want);
    EXPECT_EQ(hashes.size(), count_hash_blocks(size));
    EXPECT_EQ(combine_block_hashes(secret, hashes), compute_hash(secret, together));
    EXPECT_EQ(compute_chunk_hash(secret, bytes), compute_hash(secret, together));
  }
}

}  // namespace
}  // namespace fhirbin::chunk
