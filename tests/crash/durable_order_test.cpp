#include <algorithm>

#include <gmock/gmock.h>

#include "tests/crash/system_calls.h"
#include "tests/support/result_matchers.h"
#include "tests/support/temporary_store.h"
#include "tests/support/test_environment.h"

// What must be durable before what: power may go between any two calls.
namespace fhirbin::testing {
namespace {

using Calls = std::vector<std::string>;

// Whether `wanted` come in this order in `calls`, with anything in between.
bool contains_in_order(const Calls& calls, const Calls& wanted) {
  auto at = calls.begin();
  for (const std::string& one : wanted) {
    at = std::find(at, calls.end(), one);
    if (at == calls.end()) {
      return false;
    }
    ++at;
  }
  return true;
}

// The calls after the last `call`; all of them where it never came.
Calls after_last(const Calls& calls, const std::string& call) {
  return {std::find(calls.rbegin(), calls.rend(), call).base(), calls.end()};
}

TEST(DurableOrderTest, PagesAreDurableBeforeTheCatalogNamesThem) {
  TemporaryStore store;
  const Calls calls = SystemCalls::trace(
      store.path(), [&] { ASSERT_THAT(put(*store, random_bytes(600'000, 1)), is_ok()); });
  const std::string volume = "volumes/00000001.db";
  EXPECT_TRUE(contains_in_order(
      calls, {"sync catalog.db-wal",                                // the volume's row
              "write " + volume, "sync " + volume, "sync volumes",  // file, schema, folder
              "write " + volume, "sync " + volume,                  // pages
              "write catalog.db-wal", "sync catalog.db-wal"}))
      << ::testing::PrintToString(calls);
  const Calls last = after_last(calls, "write " + volume);
  EXPECT_TRUE(contains_in_order(last, {"sync " + volume, "write catalog.db-wal"}))
      << ::testing::PrintToString(last);
  EXPECT_EQ(after_last(calls, "sync catalog.db-wal"), Calls{"write lock"});
}

TEST(DurableOrderTest, AVolumeIsSealedInItsFileBeforeItIsInTheBooks) {
  TemporaryStore store({}, {}, small_volumes(500'000));
  const Calls calls = SystemCalls::trace(
      store.path(), [&] { ASSERT_THAT(put(*store, random_bytes(600'000, 1)), is_ok()); });
  ASSERT_EQ(store->layout()->volumes.front().state, "sealed");
  const Calls last = after_last(calls, "sync volumes/00000001.db");
  EXPECT_TRUE(contains_in_order(last, {"remove volumes/00000001.db-journal", "sync volumes",
                                       "write catalog.db-wal", "sync catalog.db-wal"}))
      << ::testing::PrintToString(calls);
}

TEST(DurableOrderTest, AVolumeIsMarkedThenRemovedThenForgotten) {
  TemporaryStore store({}, {}, small_volumes(500'000));
  const std::string id = put(*store, random_bytes(600'000, 1))->id;
  ASSERT_THAT(remove_and_purge(*store, id), is_ok());
  const Calls calls =
      SystemCalls::trace(store.path(), [&] { ASSERT_THAT(store->collect_garbage(), is_ok()); });
  ASSERT_EQ(store->stats()->volumes, 0U);
  EXPECT_TRUE(contains_in_order(
      calls, {"sync catalog.db-wal", "remove volumes/00000001.db-journal",
              "remove volumes/00000001.db", "sync volumes", "sync catalog.db-wal"}))
      << ::testing::PrintToString(calls);
  // Between the mark and the last removal nothing is told to the catalog.
  const Calls last = after_last(calls, "remove volumes/00000001.db-journal");
  ASSERT_GE(last.size(), 2U);
  EXPECT_EQ(last[0], "remove volumes/00000001.db");
  EXPECT_EQ(last[1], "sync volumes");
}

TEST(DurableOrderTest, ANewStoreIsDurableBeforeItHasItsName) {
  const TemporaryFolder folder;
  const std::filesystem::path path = folder.path() / "new.fhirbin";
  const Calls calls =
      SystemCalls::trace(folder.path(), [&] { ASSERT_THAT(Store::create(path), is_ok()); });
  const auto renamed = std::ranges::find_if(
      calls, [](const std::string& call) { return call.starts_with("rename "); });
  ASSERT_NE(renamed, calls.end());
  const std::string temporary = renamed->substr(std::string("rename ").size());
  const Calls before(calls.begin(), renamed);
  for (const char* const part : {"/lock", "/catalog.db", "/volumes", ""}) {
    EXPECT_THAT(before, ::testing::Contains("sync " + temporary + part));
  }
  EXPECT_EQ(after_last(before, "sync " + temporary), Calls{}) << "something came after the syncs";
  const auto next = std::next(renamed);
  ASSERT_NE(next, calls.end());
  EXPECT_EQ(*next, "sync .");
}

}  // namespace
}  // namespace fhirbin::testing
