#include <gtest/gtest.h>

#include "tests/support/fault_store.h"
#include "tests/support/raw_catalog.h"
#include "tests/support/result_matchers.h"
#include "tests/support/test_environment.h"

namespace fhirbin::testing {
namespace {

// A disk on which files can be overwritten, cut and removed, but not grow.
class FullDiskTest : public FaultStoreTest {
 protected:
  FullDiskTest() : FaultStoreTest(small_volumes(2'000'000)) {}
};

TEST_F(FullDiskTest, RemovingPurgingAndCollectingGiveSpaceBackOnAFullDisk) {
  std::vector<std::string> ids;
  for (std::uint64_t i = 0; i < 8; ++i) {
    ids.push_back(put(store(), random_bytes(1'000'000, i))->id);
  }
  reopen();  // as after a start of the program; the reserve must be there from then on
  const std::uint64_t before = store().stats()->volume_file_bytes;
  ASSERT_GT(before, 7'000'000U);
  FaultVfs::room_bytes = 0;
  EXPECT_THAT(put(store(), random_bytes(1'000'000, 100)), is_error(ErrorCode::kNoSpace));
  for (const std::string& id : ids) {
    EXPECT_THAT(remove_and_purge(store(), id), is_ok());
  }
  EXPECT_THAT(store().collect_garbage(), is_ok());
  EXPECT_LT(store().stats()->volume_file_bytes, 1'000'000U);
  FaultVfs::heal();
  ASSERT_THAT(store().collect_garbage(), is_ok());
  EXPECT_EQ(store().stats()->volumes, 0U);
  EXPECT_THAT(put(store(), random_bytes(1'000'000, 101)), is_ok());
  EXPECT_EQ(store().verify()->damage_count, 0U);
}

TEST_F(FullDiskTest, ALongHistoryIsPurgedThoughItOutgrowsTheReserve) {
  const std::string id = put(store(), as_bytes("0"))->id;
  for (std::uint64_t i = 0; i < 100; ++i) {
    ASSERT_THAT(replace(store(), id, random_bytes(100'000, i)), is_ok());
  }
  reopen();  // empties the log, so that all of it lies in the catalog
  FaultVfs::room_bytes = 0;
  const auto report = store().purge_history(id);
  ASSERT_THAT(report, is_ok());
  EXPECT_EQ(report->versions_purged, 100U);
  EXPECT_EQ(store().stats()->versions, 1U);
  FaultVfs::heal();
  EXPECT_EQ(store().verify()->damage_count, 0U);
}

class FullDiskWithoutHistoryTest : public FaultStoreTest {
 protected:
  FullDiskWithoutHistoryTest()
      : FaultStoreTest(store::system_environment(), {.keep_history = false}) {}

  // Hidden versions that are still there, in a store that is open.
  std::int64_t count_unerased() {
    return query_raw(path(),
                     "SELECT count(*) FROM version WHERE purged_sequence IS NOT NULL AND "
                     "placement <> 3");
  }
};

// The rows of erased versions stay where they are; rows that were moved would need leaves before
// any becomes free.
TEST_F(FullDiskWithoutHistoryTest, ErasingScatteredVersionsNeedsNoRoom) {
  constexpr std::uint64_t kBinaries = 3000;
  constexpr std::uint64_t kStride = 1009;  // a prime, so that each is updated once
  std::vector<std::string> ids;
  for (std::uint64_t i = 0; i < kBinaries; ++i) {
    ids.push_back(put(store(), random_bytes(100, i))->id);
  }
  for (std::uint64_t i = 0; i < kBinaries; ++i) {
    ASSERT_THAT(replace(store(), ids[i * kStride % kBinaries], random_bytes(100, i)), is_ok());
  }
  reopen();  // empties the log
  FaultVfs::room_bytes = 0;
  ASSERT_THAT(store().collect_garbage(), is_ok());
  reopen();  // and again: everything fits into the file that was there
  EXPECT_THAT(store().collect_garbage(), is_ok());
  EXPECT_EQ(store().changes(0, 1)->changes.at(0).id, ids[0]);
  FaultVfs::heal();
  EXPECT_EQ(store().verify()->damage_count, 0U);
  EXPECT_EQ(store().history({.count = 1})->total, kBinaries);
  EXPECT_EQ(store().stats()->versions, kBinaries);
  EXPECT_EQ(count_unerased(), 0);
}

// Each takes more of the log than its bytes: its content, its elements and their neighbours.
TEST_F(FullDiskWithoutHistoryTest, LargeRowsAreErasedInAsManyTransactionsAsTheLogNeeds) {
  const std::string tag(100'000, 'x');
  const std::string body = R"({"resourceType":"Binary","contentType":"a/b","language":"de",)"
                           R"("meta":{"tag":[{"display":")" +
                           tag + R"("}]},"data":")";
  std::vector<std::string> ids;
  for (std::uint64_t i = 0; i < 60; ++i) {
    ids.push_back(put_json(store(), body + std::string(100'000, 'A') + "\"}")->id);
  }
  for (const std::string& id : ids) {
    ASSERT_THAT(replace(store(), id, as_bytes("short")), is_ok());
  }
  reopen();
  FaultVfs::room_bytes = 0;
  ASSERT_THAT(store().collect_garbage(), is_ok());
  EXPECT_EQ(count_unerased(), 0);
  FaultVfs::heal();
  EXPECT_EQ(store().verify()->damage_count, 0U);
}

}  // namespace
}  // namespace fhirbin::testing
