#include "engine/store/lane_rotation.h"

#include <algorithm>
#include <atomic>
#include <set>
#include <vector>

#include <gtest/gtest.h>

#include "tests/store/page_store.h"
#include "tests/support/result_matchers.h"

namespace fhirbin::store {
namespace {

using storage::PagePlace;
using testing::is_error;
using testing::is_ok;
using testing::random_bytes;

constexpr std::size_t kPageBytes = 1U << 20;

struct Staged {
  ByteVector bytes;
  PagePlace place;
};

// One upload's lanes, beside `others` more uploads.
class LaneRotationTest : public ::testing::TestWithParam<unsigned> {
 protected:
  void SetUp() override { running_ += GetParam(); }

  LaneRotation& rotation() { return rotation_; }
  page_test::PageStore& store() { return store_; }

  std::vector<Staged> append(std::size_t pages, std::uint64_t seed = 1) {
    std::vector<Staged> staged;
    for (std::size_t i = 0; i < pages; ++i) {
      Staged page{.bytes = random_bytes(kPageBytes, seed + i), .place = {}};
      const auto place = rotation_.append(page.bytes);
      EXPECT_THAT(place, is_ok());
      page.place = place.value_or(PagePlace{});
      staged.push_back(std::move(page));
    }
    return staged;
  }
  bool is_stored(const Staged& page) {
    ByteVector stored(page.bytes.size());
    PagePlace place = page.place;
    place.sealed = store_.query("SELECT max(state) FROM volume") > 1;
    return store_.volumes().read(place, stored) && stored == page.bytes;
  }
  static std::set<std::uint32_t> volumes_of(const std::vector<Staged>& pages) {
    std::set<std::uint32_t> volumes;
    for (const Staged& page : pages) {
      volumes.insert(page.place.volume);
    }
    return volumes;
  }

 private:
  page_test::PageStore store_;
  std::atomic<unsigned> running_ = 0;
  WorkShare share_{running_};
  LaneRotation rotation_{store_.lanes(), share_};
};

INSTANTIATE_TEST_SUITE_P(BesideOthers, LaneRotationTest, ::testing::Values(0U, 1U, 9U));

TEST_P(LaneRotationTest, EveryPageIsDurableAtTheEndAndInTheBooks) {
  const auto pages = append(21);
  ASSERT_THAT(rotation().finish(), is_ok());
  std::uint64_t booked_pages = 0;
  std::uint64_t booked_bytes = 0;
  std::set<std::uint32_t> booked;
  for (const VolumeBooks& books : rotation().take_books()) {
    booked_pages += books.pages;
    booked_bytes += books.stored_bytes;
    EXPECT_TRUE(booked.insert(books.number).second) << "booked twice";
  }
  EXPECT_EQ(booked_pages, 21U);
  EXPECT_EQ(booked_bytes, 21 * kPageBytes);
  EXPECT_EQ(booked, volumes_of(pages));
  EXPECT_TRUE(std::ranges::all_of(pages, [&](const Staged& page) { return is_stored(page); }));
  for (const std::uint32_t volume : booked) {
    EXPECT_TRUE(store().lanes().take(volume).value()) << "not given back";
  }
}

TEST_P(LaneRotationTest, OnlyAnUploadThatIsNotOneOfManyFillsSeveralLanes) {
  const auto pages = append(40);
  ASSERT_THAT(rotation().finish(), is_ok());
  const std::size_t lanes = GetParam() == 0 ? 5 : GetParam() == 1 ? 2 : 1;
  EXPECT_EQ(volumes_of(pages).size(), lanes);
}

TEST_P(LaneRotationTest, PagesCanBeReadBackBeforeTheEnd) {
  const auto pages = append(30);
  for (const Staged& page : pages) {
    const auto stored = rotation().read(page.place);
    ASSERT_THAT(stored, is_ok());
    ASSERT_TRUE(stored->has_value());
    EXPECT_TRUE(**stored == page.bytes);
  }
  const auto elsewhere = rotation().read({.volume = 9999, .page = 1, .sealed = false});
  ASSERT_THAT(elsewhere, is_ok());
  EXPECT_FALSE(elsewhere->has_value());
}

TEST_P(LaneRotationTest, WhatIsDroppedIsNamedAndFreeForOthers) {
  const auto pages = append(15);
  EXPECT_TRUE(rotation().drop());
  std::set<std::uint32_t> named;
  for (const VolumeBooks& books : rotation().take_books()) {
    named.insert(books.number);
  }
  EXPECT_EQ(named, volumes_of(pages));
  std::uint64_t left = 0;
  for (const std::uint32_t volume : named) {
    const auto lane = store().lanes().take(volume).value();
    ASSERT_TRUE(lane) << "still held";
    left += lane->page_count();
  }
  // What was committed: all that made up a transaction of 4, 2 or 1 MiB.
  EXPECT_EQ(left, GetParam() == 0 ? 12U : GetParam() == 1 ? 14U : 15U);
  EXPECT_THAT(rotation().finish(), is_ok());
  EXPECT_TRUE(rotation().take_books().empty());
}

TEST_P(LaneRotationTest, AnUploadOfManyBytesLeavesItsVolumesSealed) {
  const auto pages = append(100);
  ASSERT_THAT(rotation().finish(), is_ok());
  EXPECT_EQ(store().query("SELECT count(*) FROM volume WHERE state = 1"), 0);
  EXPECT_TRUE(std::ranges::all_of(pages, [&](const Staged& page) { return is_stored(page); }));
}

}  // namespace
}  // namespace fhirbin::store
