#include <gtest/gtest.h>

#include "engine/chunk/chunk_map.h"
#include "engine/storage/content_table.h"
#include "engine/storage/version_record.h"
#include "tests/support/format_document.h"

// The example of a sealed version record in FORMAT.md.

namespace fhirbin::storage {
namespace {

constexpr const char* kHeading = "## Seal of a version record";

HashSecret example_secret() {
  HashSecret secret;
  for (std::size_t i = 0; i < secret.bytes.size(); ++i) {
    secret.bytes[i] = static_cast<std::byte>(i);
  }
  return secret;
}

StoreId example_store() {
  StoreId id;
  for (std::size_t i = 0; i < id.bytes.size(); ++i) {
    id.bytes[i] = static_cast<std::byte>(i * 0x11);
  }
  return id;
}

Hash128 example_map_hash() {
  chunk::ChunkMap map;
  EXPECT_TRUE(
      map.append_segment(testing::bytes_of_hex(testing::format_block("## Chunk map", "hex"))));
  return compute_map_hash(example_secret(), map);
}

VersionRecord example_record() {
  VersionRecord record{.sequence = 7,
                       .binary_key = 3,
                       .id = "example-1",
                       .number = 2,
                       .last_updated_ms = 1'767'323'045'678,
                       .action = ChangeAction::kUpdate,
                       .content_type = "application/pdf",
                       .security_context = R"({"reference":"Patient/1"})",
                       .elements = R"({"language":"de"})",
                       .size_bytes = 262'144 + 5 + 1'000'000,
                       .digest = {},
                       .placement = Placement::kChunks,
                       .stored_bytes = 0,
                       .chunk_count = 3,
                       .map_hash = example_map_hash()};
  record.digest.bytes.fill(std::byte{0xDD});
  return record;
}

ByteVector bytes_of(const Hash128& hash) { return {hash.bytes.begin(), hash.bytes.end()}; }

ByteVector documented_seal() {
  return testing::bytes_of_hex(testing::format_block(kHeading, "hex", "Their seal:"));
}

TEST(FormatRecordTest, TheDocumentedSealIsWhatTheEngineComputes) {
  const Hash128 seal = compute_seal(example_secret(), example_store(), example_record());
  EXPECT_EQ(documented_seal(), bytes_of(seal)) << seal.to_hex();
}

// What a reader does that knows nothing but the document.
TEST(FormatRecordTest, TheDocumentedBytesHaveTheDocumentedSeal) {
  const ByteVector sealed = testing::bytes_of_hex(testing::format_block(kHeading, "hex"));
  ASSERT_FALSE(sealed.empty());
  EXPECT_EQ(documented_seal(), bytes_of(compute_hash(example_secret(), sealed)));
}

TEST(FormatRecordTest, TheDocumentNamesTheHashOfItsMap) {
  const std::string text = testing::file_text(FHIRBIN_SOURCE_DIR "/FORMAT.md");
  EXPECT_NE(text.find("`" + example_map_hash().to_hex() + "`"), std::string::npos)
      << example_map_hash().to_hex();
}

}  // namespace
}  // namespace fhirbin::storage
