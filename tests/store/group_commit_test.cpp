#include <atomic>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/fault_store.h"
#include "tests/support/result_matchers.h"

namespace fhirbin::testing {
namespace {

using GroupCommitTest = FaultStoreTest;

TEST_F(GroupCommitTest, ConcurrentCallersShareTheirSyncs) {
  constexpr int kThreads = 8;
  constexpr int kEach = 10;
  FaultVfs::sync_delay_ms = 10;  // slow enough for a crowd to gather behind each sync
  FaultVfs::sync_count = 0;
  std::atomic<int> stored = 0;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < kEach; ++i) {
          stored +=
              put(store(), random_bytes(100, static_cast<std::uint64_t>(t * 1000 + i))) ? 1 : 0;
        }
      });
    }
  }
  EXPECT_EQ(stored, kThreads * kEach);
  EXPECT_LT(FaultVfs::sync_count, kThreads * kEach / 2);
  EXPECT_EQ(store().stats()->binaries, static_cast<std::uint64_t>(kThreads * kEach));
}

TEST_F(GroupCommitTest, OneMembersFailedPreconditionHarmsNobodyElse) {
  const std::string id = put(store(), as_bytes("one"))->id;
  ASSERT_THAT(replace(store(), id, as_bytes("two")), is_ok());
  FaultVfs::sync_delay_ms = 5;
  std::atomic<int> refused = 0;
  std::atomic<int> stored = 0;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 8; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < 10; ++i) {
          if (t % 2 == 0) {
            const auto stale = replace(store(), id, as_bytes("no"), {.if_match = 1});
            refused += !stale && stale.error().code == ErrorCode::kVersionConflict ? 1 : 0;
          } else {
            stored += put(store(), as_bytes("yes")) ? 1 : 0;
          }
        }
      });
    }
  }
  EXPECT_EQ(refused, 40);
  EXPECT_EQ(stored, 40);
  EXPECT_EQ(store().head(id)->version, 2U);
}

TEST_F(GroupCommitTest, AFullDiskLosesNothingAndTheStoreGoesOnOnceThereIsRoom) {
  const std::string id = put(store(), as_bytes("before"))->id;
  const auto before = store().stats();
  FaultVfs::writes_until_full = 0;
  EXPECT_THAT(put(store(), random_bytes(1000, 1)), is_error(ErrorCode::kNoSpace));
  EXPECT_THAT(put(store(), random_bytes(1'000'000, 2)), is_error(ErrorCode::kNoSpace));
  EXPECT_EQ(*read_text(store(), id), "before");
  FaultVfs::writes_until_full = -1;
  EXPECT_EQ(store().stats()->sequence, before->sequence);
  EXPECT_EQ(store().stats()->versions, before->versions);
  EXPECT_THAT(put(store(), random_bytes(1'000'000, 2)), is_ok());
  EXPECT_EQ(store().verify()->damage_count, 0U);
}

TEST_F(GroupCommitTest, ADiskThatFillsAtAnyWriteNeverLeavesAPartOfAVersion) {
  for (int writes = 1; writes < 60; writes += 4) {
    SCOPED_TRACE(writes);
    const auto before = store().stats();
    FaultVfs::writes_until_full = writes;
    const auto stored = put(store(), random_bytes(600'000, static_cast<std::uint64_t>(writes)));
    FaultVfs::writes_until_full = -1;
    const auto after = store().stats();
    ASSERT_THAT(after, is_ok());
    EXPECT_EQ(after->versions, before->versions + (stored ? 1 : 0));
    if (!stored) {
      EXPECT_THAT(stored, is_error(ErrorCode::kNoSpace));
    }
  }
  EXPECT_EQ(store().verify()->damage_count, 0U);
}

TEST_F(GroupCommitTest, AFailedSyncIsIndeterminateAndEndsWritingUntilReopened) {
  const std::string id = put(store(), as_bytes("one"))->id;
  FaultVfs::syncs_fail = true;
  EXPECT_THAT(replace(store(), id, as_bytes("two")), is_error(ErrorCode::kIndeterminate));
  FaultVfs::syncs_fail = false;
  EXPECT_THAT(put(store(), as_bytes("three")), is_error(ErrorCode::kIndeterminate));
  reopen();
  const auto head = store().head(id);
  ASSERT_THAT(head, is_ok());
  const auto content = read_text(store(), id);
  ASSERT_THAT(content, is_ok());
  EXPECT_EQ(*content, head->version == 1 ? "one" : "two");
  EXPECT_THAT(put(store(), as_bytes("three")), is_ok());
  EXPECT_EQ(store().verify()->damage_count, 0U);
}

}  // namespace
}  // namespace fhirbin::testing
