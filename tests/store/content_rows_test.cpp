#include "engine/store/content_rows.h"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "engine/storage/content_table.h"
#include "tests/store/page_store.h"
#include "tests/support/result_matchers.h"

namespace fhirbin::store {
namespace {

using storage::ChunkRow;
using storage::Connection;
using storage::Placement;
using storage::VersionRecord;
using testing::is_error;
using testing::is_ok;
using testing::random_bytes;

constexpr std::uint64_t kSequence = 41;

class ContentRowsTest : public ::testing::Test {
 protected:
  page_test::PageStore& store() { return store_; }

  // In a transaction of its own, as a publication does; `record` is what became of the record.
  Result<void> insert(const StagedContent& content, VersionRecord& record) {
    record = {};
    record.sequence = kSequence;
    return store_.catalog().write([&](Connection& connection) {
      return insert_content(connection, store_.settings(), content, record);
    });
  }
  Result<chunk::ChunkMap> load_map(const VersionRecord& record) {
    return store_.catalog().read([&](Connection& connection) {
      return storage::ContentTable(connection, store_.settings()).load_map(record);
    });
  }
  StagedChunk shared(const ChunkRow& row) {
    StagedChunk staged;
    staged.hash = row.hash;
    staged.length = row.raw_length;
    staged.shared_id = row.id;
    return staged;
  }
  // A chunk with a page of its own; one that repeats another has the same page.
  StagedChunk own(std::uint32_t volume, std::uint64_t page) {
    StagedChunk staged;
    staged.hash = store_.hash_of(random_bytes(100, volume * 1000 + page));
    staged.length = 100 + static_cast<std::uint32_t>(page);
    staged.stored_length = 50;
    staged.codec = 1;
    staged.place = {.volume = volume, .page = page, .sealed = false};
    return staged;
  }
  static StagedContent chunked(std::vector<StagedChunk> chunks) {
    StagedContent content;
    content.placement = Placement::kChunks;
    for (const StagedChunk& staged : chunks) {
      content.size_bytes += staged.length;
    }
    content.chunks = std::move(chunks);
    return content;
  }

 private:
  page_test::PageStore store_;
};

TEST_F(ContentRowsTest, ContentThatIsEmptyOrInlineCompletesItsRecord) {
  StagedContent none;
  VersionRecord record;
  ASSERT_THAT(insert(none, record), is_ok());
  EXPECT_EQ(record.placement, Placement::kNone);
  EXPECT_EQ(store().query("SELECT count(*) FROM inline_content"), 0);

  StagedContent small;
  small.placement = Placement::kInline;
  small.size_bytes = 900;
  small.digest = store().hash_of(as_bytes("x"));
  small.inline_codec = 1;
  small.inline_stored = random_bytes(40, 1);
  ASSERT_THAT(insert(small, record), is_ok());
  EXPECT_EQ(record.placement, Placement::kInline);
  EXPECT_EQ(record.size_bytes, 900U);
  EXPECT_EQ(record.digest, small.digest);
  EXPECT_EQ(record.stored_bytes, 40U);
  EXPECT_EQ(record.chunk_count, 0U);
  const auto loaded = store().catalog().read([&](Connection& connection) {
    return storage::ContentTable(connection, store().settings()).load_inline(record);
  });
  ASSERT_THAT(loaded, is_ok());
  EXPECT_EQ(loaded->codec, 1U);
  EXPECT_TRUE(loaded->stored == small.inline_stored);
}

TEST_F(ContentRowsTest, AMapNamesEachPageOnceAndCountsEveryUse) {
  const ChunkRow first = store().add_chunk(random_bytes(500, 1));
  const ChunkRow second = store().add_chunk(random_bytes(600, 2));
  // The same page number in two volumes; repeats next to each other and apart.
  const StagedContent content = chunked({own(1, 9), shared(first), own(2, 9), own(1, 9), own(1, 8),
                                         shared(first), shared(second), own(1, 9), own(1, 9)});
  VersionRecord record;
  ASSERT_THAT(insert(content, record), is_ok());
  EXPECT_EQ(record.placement, Placement::kChunks);
  EXPECT_EQ(record.size_bytes, content.size_bytes);
  EXPECT_EQ(record.chunk_count, content.chunks.size());
  EXPECT_EQ(record.stored_bytes, 0U);
  const auto map = load_map(record);
  ASSERT_THAT(map, is_ok());
  std::vector<std::uint64_t> ids;
  for (std::size_t i = 0; i < map->count(); ++i) {
    ids.push_back(map->entry(i).chunk_id);
    EXPECT_EQ(map->entry(i).hash, content.chunks[i].hash) << i;
    EXPECT_EQ(map->entry(i).length, content.chunks[i].length) << i;
  }
  const std::uint64_t next = second.id + 1;
  EXPECT_EQ(ids, (std::vector<std::uint64_t>{next, first.id, next + 1, next, next + 2, first.id,
                                             second.id, next, next}));
  const std::pair<std::uint64_t, std::uint64_t> references[] = {
      {first.id, 1 + 2}, {second.id, 1 + 1}, {next, 4}, {next + 1, 1}, {next + 2, 1}};
  for (const auto& [id, want] : references) {
    ChunkRow row;
    row.id = id;
    EXPECT_EQ(store().references_of(row), want) << id;
  }
}

TEST_F(ContentRowsTest, TheBooksOfItsVolumesAreNeverLowered) {
  StagedContent content = chunked({own(1, 9)});
  store().change([&](Connection& connection) -> Result<void> {
    SystemRandom random;
    for (int i = 0; i < 3; ++i) {
      FHIRBIN_TRY(storage::VolumeTable(connection).insert(random));
    }
    return storage::VolumeTable(connection).set_books(2, 90, 9000);
  });
  content.volumes = {{.number = 1, .pages = 9, .stored_bytes = 900},
                     {.number = 2, .pages = 5, .stored_bytes = 500}};
  VersionRecord record;
  ASSERT_THAT(insert(content, record), is_ok());
  EXPECT_EQ(store().query("SELECT pages FROM volume WHERE number = 1"), 9);
  EXPECT_EQ(store().query("SELECT stored FROM volume WHERE number = 1"), 900);
  EXPECT_EQ(store().query("SELECT pages FROM volume WHERE number = 2"), 90);
  EXPECT_EQ(store().query("SELECT pages FROM volume WHERE number = 3"), 0);
}

TEST_F(ContentRowsTest, ASharedChunkThatWasFreedMeanwhileLivesAgain) {
  const ChunkRow row = store().add_chunk(random_bytes(500, 1));
  store().execute("UPDATE chunk SET reference_count = 0, freed_sequence = 3");
  VersionRecord record;
  ASSERT_THAT(insert(chunked({shared(row), shared(row)}), record), is_ok());
  EXPECT_EQ(store().references_of(row), 2U);
  EXPECT_EQ(store().query("SELECT count(*) FROM chunk WHERE freed_sequence IS NOT NULL"), 0);
}

TEST_F(ContentRowsTest, WhereOneChunkCannotBeHadNothingIsLeft) {
  const ChunkRow alive = store().add_chunk(random_bytes(500, 1));
  const ChunkRow collected = store().add_chunk(random_bytes(500, 2));
  store().execute("DELETE FROM chunk WHERE id = " + std::to_string(collected.id));
  StagedChunk taken = own(alive.place.volume, alive.place.page);  // another chunk's page
  const struct {
    const char* name;
    StagedChunk bad;
    bool gone;
  } cases[] = {{"collected before it could be shared", shared(collected), true},
               {"a page that another chunk names", taken, false}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    VersionRecord record;
    const auto done = insert(chunked({own(1, 90), shared(alive), c.bad}), record);
    if (c.gone) {
      EXPECT_THAT(done, is_error(ErrorCode::kGone));
    } else {
      EXPECT_FALSE(done);
    }
    EXPECT_EQ(store().query("SELECT count(*) FROM chunk"), 1);
    EXPECT_EQ(store().references_of(alive), 1U);
    EXPECT_EQ(store().query("SELECT count(*) FROM chunk_map"), 0);
  }
}

}  // namespace
}  // namespace fhirbin::store
