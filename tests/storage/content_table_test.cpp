#include "engine/storage/content_table.h"

#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "tests/storage/filled_catalog.h"
#include "tests/support/result_matchers.h"

namespace fhirbin::storage {
namespace {

using catalog_test::FilledCatalog;
using catalog_test::make_map;
using testing::is_error;
using testing::is_ok;

constexpr std::size_t kSegment = chunk::ChunkMap::kSegmentEntries;

// Two versions: one of two segments of chunks, and one of inline content.
class ContentTableTest : public ::testing::Test {
 protected:
  ContentTableTest() {
    chunked_ = record_of(1, map_);
    inline_.sequence = 2;
    inline_.number = 2;
    inline_.binary_key = 1;
    inline_.action = ChangeAction::kUpdate;
    inline_.size_bytes = 5;
    inline_.placement = Placement::kInline;
    inline_.stored_bytes = 4;
    inline_.id = "id";
    EXPECT_THAT(BinaryTable(catalog_.connection()).insert({.key = 1, .id = "id"}), is_ok());
    EXPECT_THAT(versions_.insert(chunked_), is_ok());
    EXPECT_THAT(versions_.insert(inline_), is_ok());
    EXPECT_THAT(contents_.insert_map(1, map_), is_ok());
    EXPECT_THAT(contents_.insert_inline(2, 1, as_bytes("abcd")), is_ok());
  }

  FilledCatalog& catalog() { return catalog_; }
  ContentTable& contents() { return contents_; }
  VersionTable& versions() { return versions_; }

  VersionRecord record_of(std::uint64_t sequence, const chunk::ChunkMap& map) const {
    VersionRecord record;
    record.sequence = sequence;
    record.number = sequence;
    record.binary_key = 1;
    record.size_bytes = map.size_bytes();
    record.placement = Placement::kChunks;
    record.chunk_count = map.count();
    record.map_hash = compute_map_hash(catalog_.settings().hash_secret, map);
    record.id = "id";
    return record;
  }

  chunk::ChunkMap map_ = make_map(1500);
  VersionRecord chunked_;
  VersionRecord inline_;

 private:
  FilledCatalog catalog_;
  VersionTable versions_{catalog_.connection(), catalog_.settings()};
  ContentTable contents_{catalog_.connection(), catalog_.settings()};
};

TEST_F(ContentTableTest, AMapOfAnyNumberOfEntriesComesBack) {
  std::uint64_t sequence = 100;
  for (const std::size_t count :
       {std::size_t{0}, std::size_t{1}, kSegment - 1, kSegment, kSegment + 1, 2 * kSegment}) {
    SCOPED_TRACE(count);
    const chunk::ChunkMap map = make_map(count);
    const VersionRecord record = record_of(++sequence, map);
    ASSERT_THAT(contents().insert_map(sequence, map), is_ok());
    const auto got = contents().load_map(record);
    ASSERT_THAT(got, is_ok());
    ASSERT_EQ(got->count(), count);
    EXPECT_EQ(got->size_bytes(), map.size_bytes());
    for (std::size_t i = 0; i < count; ++i) {
      ASSERT_EQ(got->entry(i), map.entry(i)) << i;
    }
  }
}

TEST_F(ContentTableTest, AnyDamageToAMapShows) {
  EXPECT_THAT(contents().load_map(chunked_), is_ok());
  for (const std::string damage :
       {"DELETE FROM chunk_map WHERE segment = 0", "DELETE FROM chunk_map WHERE segment = 1",
        "DELETE FROM chunk_map", "UPDATE chunk_map SET segment = 2 WHERE segment = 1",
        // Trading places and moving up, by way of negative numbers: the key is unique.
        "UPDATE chunk_map SET segment = -1 - segment; UPDATE chunk_map SET segment = segment + 2",
        "UPDATE chunk_map SET segment = -1 - segment; UPDATE chunk_map SET segment = -segment",
        "INSERT INTO chunk_map SELECT 1, 2, entries FROM chunk_map WHERE segment = 1",
        "INSERT INTO chunk_map VALUES(1, 2, x'')",
        "UPDATE chunk_map SET entries = x'' WHERE segment = 1",
        "UPDATE chunk_map SET entries = substr(entries, 1, 3) WHERE segment = 1",
        "UPDATE chunk_map SET entries = CAST(substr(entries, 1, length(entries) - 1) || x'00' AS "
        "BLOB) WHERE segment = 1"}) {
    catalog().execute("SAVEPOINT damage");
    catalog().alter(damage);
    EXPECT_THAT(contents().load_map(chunked_), is_error(ErrorCode::kCorrupt)) << damage;
    catalog().execute("ROLLBACK TO damage; RELEASE damage");
  }
}

TEST_F(ContentTableTest, AMapIsBoundToItsRecord) {
  chunk::ChunkMap swapped;
  swapped.append(map_.entry(1));
  swapped.append(map_.entry(0));
  for (std::size_t i = 2; i < map_.count(); ++i) {
    swapped.append(map_.entry(i));
  }
  VersionRecord other_secret = chunked_;
  other_secret.map_hash = compute_map_hash(HashSecret{}, map_);
  VersionRecord longer = chunked_;
  ++longer.size_bytes;
  VersionRecord fewer = chunked_;
  --fewer.chunk_count;
  const std::pair<const char*, VersionRecord> cases[] = {
      {"another order", record_of(1, swapped)},
      {"other chunks with the same hashes", record_of(1, make_map(map_.count(), 2))},
      {"a chunk fewer", record_of(1, make_map(map_.count() - 1))},
      {"another store's secret", other_secret},
      {"another size", longer},
      {"another count", fewer}};
  for (const auto& [name, record] : cases) {
    EXPECT_THAT(contents().load_map(record), is_error(ErrorCode::kCorrupt)) << name;
  }
}

TEST_F(ContentTableTest, ASequenceTakesOneContentOfAKind) {
  EXPECT_FALSE(contents().insert_map(1, make_map(1)));
  EXPECT_FALSE(contents().insert_inline(2, 0, as_bytes("efgh")));
  EXPECT_THAT(contents().load_map(chunked_), is_ok()) << "the first one stands";
  EXPECT_EQ(as_text(contents().load_inline(inline_)->stored), "abcd");
}

TEST_F(ContentTableTest, InlineContentHasTheLengthOfItsRecord) {
  const auto content = contents().load_inline(inline_);
  ASSERT_THAT(content, is_ok());
  EXPECT_EQ(content->codec, 1U);
  EXPECT_EQ(as_text(content->stored), "abcd");
  for (const char* const damage :
       {"UPDATE inline_content SET data = x'00'", "UPDATE inline_content SET data = x''",
        "UPDATE inline_content SET data = zeroblob(5)", "UPDATE inline_content SET sequence = 1",
        "DELETE FROM inline_content"}) {
    catalog().execute("SAVEPOINT damage");
    catalog().alter(damage);
    EXPECT_THAT(contents().load_inline(inline_), is_error(ErrorCode::kCorrupt)) << damage;
    catalog().execute("ROLLBACK TO damage; RELEASE damage");
  }
}

// A reader that looked the version up before the purge must not call that damage.
TEST_F(ContentTableTest, ContentThatWentWithItsVersionIsGone) {
  for (const std::uint64_t sequence : {1U, 2U}) {
    ASSERT_THAT(versions().hide(sequence, 3), is_ok());
  }
  EXPECT_THAT(contents().load_map(chunked_), is_ok()) << "hidden, not yet erased";
  EXPECT_THAT(contents().load_inline(inline_), is_ok()) << "hidden, not yet erased";
  for (const std::uint64_t sequence : {1U, 2U}) {
    ASSERT_THAT(versions().erase_hidden(sequence), is_ok());
  }
  EXPECT_THAT(contents().load_map(chunked_), is_error(ErrorCode::kGone));
  EXPECT_THAT(contents().load_inline(inline_), is_error(ErrorCode::kGone));
}

}  // namespace
}  // namespace fhirbin::storage
