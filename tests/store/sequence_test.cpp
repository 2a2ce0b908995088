#include <set>

#include <gtest/gtest.h>

#include "tests/support/raw_catalog.h"
#include "tests/support/result_matchers.h"
#include "tests/support/temporary_store.h"
#include "tests/support/test_environment.h"

namespace fhirbin::testing {
namespace {

TEST(SequenceTest, EachChangeHasOneNumberAndWhatChangedNothingHasNone) {
  TemporaryStore store;
  const std::string id = put(*store, as_bytes("one"))->id;         // 1
  EXPECT_EQ(put(*store, random_bytes(500'000, 1))->sequence, 2U);  // its pin is no change
  EXPECT_THAT(replace(*store, id, as_bytes("no"), {.if_match = 7}),
              is_error(ErrorCode::kVersionConflict));
  EXPECT_EQ(replace(*store, id, as_bytes("two"))->sequence, 3U);
  EXPECT_EQ(replace(*store, id, as_bytes("two"), {.skip_noop_update = true})->sequence, 3U);
  {
    auto dropped = store->begin_create({.content_type = "a/b"});
  }
  EXPECT_EQ((*store->remove(id))->sequence, 4U);
  EXPECT_FALSE(store->remove(id)->has_value());
  EXPECT_EQ(store->purge_history(id)->versions_purged, 2U);  // 5
  EXPECT_EQ(store->purge_history(id)->versions_purged, 0U);
  ASSERT_THAT(store->collect_garbage(), is_ok());
  ASSERT_THAT(export_text(*store), is_ok());
  EXPECT_EQ(replace(*store, id, as_bytes("three"))->sequence, 6U);
  const auto page = store->changes(0);
  ASSERT_THAT(page, is_ok());
  ASSERT_EQ(page->changes.size(), 6U);
  for (std::size_t i = 0; i < page->changes.size(); ++i) {
    EXPECT_EQ(page->changes[i].sequence, i + 1);
  }
  EXPECT_EQ(store->stats()->sequence, 6U);
}

TEST(SequenceTest, NumbersOfChunksVolumesAndChangesAreNeverUsedTwice) {
  TemporaryStore store({}, {}, small_volumes(500'000));
  std::set<std::uint64_t> chunk_ids;
  std::set<std::uint64_t> volumes;
  std::uint64_t last_sequence = 0;
  for (int round = 0; round < 4; ++round) {
    const auto info = put(*store, random_bytes(900'000, 1));  // the same bytes each time
    ASSERT_THAT(info, is_ok());
    EXPECT_GT(info->sequence, last_sequence);
    std::set<std::uint64_t> own_volumes;
    const auto layout = store->layout(info->id);
    for (const ChunkLayout& chunk : layout->chunks) {
      EXPECT_TRUE(chunk_ids.insert(chunk.chunk_id).second) << chunk.chunk_id;
      own_volumes.insert(chunk.volume);
    }
    for (const std::uint64_t volume : own_volumes) {
      EXPECT_TRUE(volumes.insert(volume).second) << volume;
    }
    ASSERT_THAT(remove_and_purge(*store, info->id), is_ok());
    ASSERT_THAT(store->collect_garbage(), is_ok());
    EXPECT_EQ(store->stats()->volumes, 0U);
    last_sequence = store->stats()->sequence;
    store.reopen();
  }
}

TEST(SequenceTest, ACursorBeforeTheOldestChangeThatIsThereIsGone) {
  TemporaryStore store;
  for (int i = 0; i < 5; ++i) {
    ASSERT_THAT(put(*store, as_bytes("x")), is_ok());
  }
  execute_raw(store.path(), "DELETE FROM version WHERE sequence <= 3");
  EXPECT_THAT(store->changes(0), is_error(ErrorCode::kGone));
  EXPECT_THAT(store->changes(2), is_error(ErrorCode::kGone));
  EXPECT_EQ(store->changes(3)->changes.size(), 2U);
  EXPECT_EQ(store->changes(5)->changes.size(), 0U);
  EXPECT_EQ(put(*store, as_bytes("x"))->sequence, 6U);
}

}  // namespace
}  // namespace fhirbin::testing
