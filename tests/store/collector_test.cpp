#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "engine/storage/catalog.h"
#include "engine/store/pin.h"
#include "tests/support/result_matchers.h"
#include "tests/support/temporary_store.h"

namespace fhirbin::testing {
namespace {

// A pin taken after the collector looked for pins protects what is purged after it.
TEST(CollectTest, WithoutPinsOnlyThePurgesOfTheMomentMayBeCollected) {
  TemporaryStore store;
  ASSERT_THAT(put(*store, as_bytes("one")), is_ok());
  ASSERT_THAT(put(*store, as_bytes("two")), is_ok());
  const auto catalog = storage::Catalog::open({store.path()}, {}).value();
  EXPECT_EQ(*store::collectable_sequence(*catalog), 2U);
  const store::Pin pin = store::Pin::take(*catalog).value();
  ASSERT_THAT(put(*store, as_bytes("three")), is_ok());
  EXPECT_EQ(*store::collectable_sequence(*catalog), 2U);
  EXPECT_EQ(*store::collectable_sequence(*catalog, pin.key()), 3U);
}

TEST(CollectTest, AWriterWhoseCommitFailedHoldsNothingBackWhileItLives) {
  TemporaryStore store;
  const std::string id = put(*store, as_bytes("one"))->id;
  auto writer = store->begin_update(id, {.content_type = "text/plain"}, {.if_match = 7});
  ASSERT_THAT(writer, is_ok());
  ASSERT_THAT(writer->write(random_bytes(500'000, 1)), is_ok());
  EXPECT_EQ(store->stats()->pins, 1U);
  EXPECT_THAT(writer->commit(), is_error(ErrorCode::kVersionConflict));
  EXPECT_EQ(store->stats()->pins, 0U);
  EXPECT_THAT(writer->write(as_bytes("x")), is_error(ErrorCode::kInvalidArgument));
  EXPECT_THAT(writer->commit(), is_error(ErrorCode::kInvalidArgument));
}

TEST(CollectTest, ADamagedVolumeDoesNotKeepTheOthersFromBeingReturned) {
  TemporaryStore store({}, {}, small_volumes(1U << 20));
  const std::string first = put(*store, random_bytes(600'000, 1))->id;
  ASSERT_THAT(put(*store, random_bytes(600'000, 2)), is_ok());
  const std::string second = put(*store, random_bytes(1'300'000, 3))->id;
  for (const std::string& id : {first, second}) {
    ASSERT_THAT(replace(*store, id, as_bytes("x")), is_ok());
    ASSERT_THAT(store->purge_history(id, 1), is_ok());
  }
  ASSERT_GE(store->layout()->volumes.size(), 2U);
  store.close();
  const std::filesystem::path volumes = store.path() / "volumes";
  {
    // Half dead, and what is alive cannot be moved.
    const std::string noise(500'000, '!');
    std::fstream file(volumes / "00000001.db", std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(700'000);
    file << noise;
  }
  store.reopen();
  EXPECT_THAT(store->collect_garbage(), is_error(ErrorCode::kCorrupt));
  EXPECT_TRUE(std::filesystem::exists(volumes / "00000001.db"));
  EXPECT_FALSE(std::filesystem::exists(volumes / "00000002.db"));
}

// What lives in a volume must not be copied into one that is about to be dropped for being dead.
TEST(CollectTest, DeadVolumesGoBeforeLivePagesAreCopied) {
  TemporaryStore store({}, {}, small_volumes(2U << 20));
  const std::string id = put(*store, random_bytes(600'000, 1))->id;
  const std::string dead = put(*store, random_bytes(2'000'000, 2))->id;
  const std::string more = put(*store, random_bytes(300'000, 3))->id;
  for (const std::string& going : {dead, more}) {
    ASSERT_THAT(replace(*store, going, as_bytes("x")), is_ok());
    ASSERT_THAT(store->purge_history(going, 1), is_ok());
  }
  const auto before = store->layout()->volumes;
  ASSERT_EQ(before.size(), 2U);
  ASSERT_GT(before[0].live_bytes, 0U);
  ASSERT_EQ(before[1].state, "filling");
  ASSERT_THAT(store->collect_garbage(), is_ok());
  const auto after = store->layout()->volumes;
  ASSERT_EQ(after.size(), 1U);
  EXPECT_EQ(after[0].stored_bytes, after[0].live_bytes);
  EXPECT_THAT(read_all(*store, id), is_ok());
}

// The upload goes on in the volumes that hold live content, and leaves some MiB in each.
TEST(CollectTest, ALargeRefusedUploadLeavesNothingInAVolumeThatIsMostlyAlive) {
  TemporaryStore store({}, {.max_ingest_bytes = 48'000'000}, small_volumes(24U << 20));
  const ByteVector content = random_bytes(20'000'000, 1);
  const std::string id = put(*store, content)->id;
  const auto before = store->stats();
  EXPECT_THAT(put(*store, random_bytes(48'000'001, 2)), is_error(ErrorCode::kTooLarge));
  const auto after = store->stats();
  EXPECT_EQ(after->reclaimable_bytes, 0U);
  EXPECT_LE(after->volumes, before->volumes);
  EXPECT_LT(after->volume_file_bytes, 21'000'000U);
  EXPECT_EQ(after->chunk_stored_bytes, before->chunk_stored_bytes);
  const auto kept = read_all(*store, id);
  ASSERT_THAT(kept, is_ok());
  EXPECT_TRUE(equal_bytes(*kept, content));
  EXPECT_EQ(store->verify()->damage_count, 0U);
}

}  // namespace
}  // namespace fhirbin::testing
