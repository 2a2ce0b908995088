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

}  // namespace
}  // namespace fhirbin::testing
