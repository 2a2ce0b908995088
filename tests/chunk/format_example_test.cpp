#include <vector>

#include <gtest/gtest.h>

#include "engine/chunk/chunk_hash.h"
#include "engine/chunk/chunk_map.h"
#include "tests/support/format_document.h"

namespace fhirbin::chunk {
namespace {

ByteVector example_of_format_document() {
  return testing::bytes_of_hex(testing::format_block("## Chunk map", "hex"));
}

ChunkMap example_map() {
  const struct {
    std::uint64_t id;
    std::uint32_t length;
    std::byte hash;
  } chunks[] = {
      {17, 262'144, std::byte{0xaa}}, {16, 5, std::byte{0xbb}}, {300, 1'000'000, std::byte{0xcc}}};
  ChunkMap map;
  for (const auto& chunk : chunks) {
    ChunkMapEntry entry{.chunk_id = chunk.id, .length = chunk.length, .hash = {}};
    entry.hash.bytes.fill(chunk.hash);
    map.append(entry);
  }
  return map;
}

TEST(FormatExampleTest, TheDocumentedBytesAreWhatTheEngineWrites) {
  const ByteVector documented = example_of_format_document();
  ASSERT_FALSE(documented.empty());
  EXPECT_EQ(documented, example_map().encode_segment(0));
}

TEST(FormatExampleTest, TheDocumentedBytesReadBackAsTheDocumentedMap) {
  ChunkMap read;
  ASSERT_TRUE(read.append_segment(example_of_format_document()));
  const ChunkMap written = example_map();
  ASSERT_EQ(read.count(), written.count());
  for (std::size_t i = 0; i < written.count(); ++i) {
    EXPECT_EQ(read.entry(i), written.entry(i)) << i;
  }
}

TEST(FormatExampleTest, TheDocumentedHashesAreThoseOfTheDocumentedChunk) {
  HashSecret secret;
  for (std::size_t i = 0; i < secret.bytes.size(); ++i) {
    secret.bytes[i] = static_cast<std::byte>(i);
  }
  ByteVector chunk(40'000);
  for (std::size_t i = 0; i < chunk.size(); ++i) {
    chunk[i] = static_cast<std::byte>(i % 251);
  }
  std::vector<Hash128> hashes;
  compute_block_hashes(secret, chunk, hashes);
  ASSERT_EQ(hashes.size(), 2U);
  hashes.push_back(combine_block_hashes(secret, hashes));
  ByteVector bytes;
  for (const Hash128& hash : hashes) {
    append_bytes(bytes, hash.bytes);
  }
  EXPECT_EQ(testing::bytes_of_hex(testing::format_block("## Hash of a chunk", "hex")), bytes)
      << hashes[0].to_hex() << ' ' << hashes[1].to_hex() << ' ' << hashes[2].to_hex();
}

}  // namespace
}  // namespace fhirbin::chunk
