#include "engine/storage/version_history.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/storage/filled_catalog.h"
#include "tests/support/result_matchers.h"

namespace fhirbin::storage {
namespace {

using catalog_test::FilledCatalog;
using catalog_test::make_record;
using testing::is_error;
using testing::is_ok;

constexpr std::uint64_t kNoBound = std::numeric_limits<std::int64_t>::max();

// Two Binaries whose versions alternate, one of them before 1970, one deleted and created again,
// and two versions purged: the oldest, and one behind a version that is kept.
class VersionHistoryTest : public ::testing::Test {
 protected:
  VersionHistoryTest() {
    add("a", -500, ChangeAction::kCreate);
    add("b", 0, ChangeAction::kCreate);
    add("a", 1000, ChangeAction::kUpdate);
    add("b", 1000, ChangeAction::kUpdate);  // at the same moment as the other's
    add("a", 2000, ChangeAction::kDelete);
    add("a", 3000, ChangeAction::kCreate);
    add("b", 2500, ChangeAction::kUpdate);  // later in the store, earlier in time
    hide(0);
    hide(3);
  }

  VersionHistory history() { return {catalog_.connection(), catalog_.settings()}; }
  FilledCatalog& catalog() { return catalog_; }
  const VersionRecord& version(std::size_t index) const { return versions_[index]; }
  BinaryRow binary(const char* id) { return *BinaryTable(catalog_.connection()).find(id).value(); }

  // What the header says, counted plainly. Newest first.
  std::vector<std::uint64_t> expected(const HistoryFilter& filter) const {
    std::vector<std::uint64_t> sequences;
    for (const VersionRecord& record : versions_) {
      const bool fits = (!filter.binary || record.binary_key == filter.binary->key) &&
                        record.last_updated_ms >= filter.oldest_ms &&
                        !hidden_.contains(record.sequence);
      if (fits && (!filter.current_during || was_current(record, *filter.current_during))) {
        sequences.push_back(record.sequence);
      }
    }
    std::ranges::reverse(sequences);
    return sequences;
  }

  // Reads a history in slices of `limit`, as a caller pages through it.
  std::vector<std::uint64_t> paged(const HistoryFilter& filter, std::uint64_t limit) {
    std::vector<std::uint64_t> sequences;
    HistorySlice slice{.below = kNoBound, .limit = limit};
    while (true) {
      const auto page = history().select(filter, slice);
      EXPECT_THAT(page, is_ok());
      if (!page || page->empty()) {
        return sequences;
      }
      EXPECT_LE(page->size(), limit);
      for (const VersionRecord& record : *page) {
        sequences.push_back(record.sequence);
      }
      slice.below = filter.binary ? page->back().number : page->back().sequence;
    }
  }

 private:
  void add(const char* id, std::int64_t at_ms, ChangeAction action) {
    VersionRecord record = make_record(id, at_ms, action);
    record.elements = R"({"language":"de"})";
    record.content_type = "text/plain";
    versions_.push_back(catalog_.add(record));
  }
  void hide(std::size_t index) {
    catalog_.hide(versions_[index]);
    hidden_.insert(versions_[index].sequence);
  }
  // A version is current from its moment until that of the next, purged or not.
  bool was_current(const VersionRecord& record, const HistoryFilter::Span& span) const {
    std::int64_t end_ms = std::numeric_limits<std::int64_t>::max();
    for (const VersionRecord& next : versions_) {
      if (next.binary_key == record.binary_key && next.number == record.number + 1) {
        end_ms = next.last_updated_ms;
      }
    }
    return record.last_updated_ms < span.end_ms && end_ms > span.begin_ms;
  }

  FilledCatalog catalog_;
  std::vector<VersionRecord> versions_;
  std::set<std::uint64_t> hidden_;
};

TEST_F(VersionHistoryTest, EveryFilterInSlicesOfAnyLengthIsWhatAPlainCountSays) {
  using Span = HistoryFilter::Span;
  constexpr std::int64_t kEver = std::numeric_limits<std::int64_t>::min();
  const std::optional<BinaryRow> binaries[] = {std::nullopt, binary("a"), binary("b"),
                                               BinaryRow{.key = 99, .id = "c"}};
  const std::int64_t oldest[] = {kEver, -501, -500, -499, 0, 1000, 1001, 3000, 3001};
  std::vector<std::optional<Span>> spans = {std::nullopt};
  const std::int64_t edges[] = {-501, -500, -499, 999, 1000, 1001, 2000, 2001, 3000, 4000};
  for (const std::int64_t begin : edges) {
    for (const std::int64_t length : {1, 2, 1500}) {
      spans.emplace_back(Span{.begin_ms = begin, .end_ms = begin + length});
    }
  }
  std::size_t matched = 0;
  for (const auto& binary : binaries) {
    for (const std::int64_t since : oldest) {
      for (const auto& span : spans) {
        const HistoryFilter filter{.binary = binary, .oldest_ms = since, .current_during = span};
        const auto want = expected(filter);
        const std::string what = (binary ? binary->id : "all") + ", since " +
                                 std::to_string(since) +
                                 (span ? ", during " + std::to_string(span->begin_ms) + " to " +
                                             std::to_string(span->end_ms)
                                       : "");
        ASSERT_EQ(paged(filter, 2), want) << what;
        ASSERT_EQ(paged(filter, 100), want) << what;
        ASSERT_EQ(history().count(filter).value(), want.size()) << what;
        matched += want.size();
      }
    }
  }
  EXPECT_GT(matched, 500U) << "the table tells little";
}

TEST_F(VersionHistoryTest, ASliceStartsBelowItsBound) {
  const BinaryRow a = binary("a");
  const struct {
    std::optional<BinaryRow> binary;
    HistorySlice slice;
    std::vector<std::uint64_t> want;  // numbers of one Binary, sequences of the store
  } cases[] = {
      {std::nullopt, {.below = 7, .limit = 1}, {6}},
      {std::nullopt, {.below = 8, .limit = 2}, {7, 6}},
      {std::nullopt, {.below = 2, .limit = 9}, {}},
      {std::nullopt, {.below = kNoBound, .limit = 0}, {}},
      {a, {.below = 4, .limit = 9}, {3, 2}},
      {a, {.below = 5, .limit = 1}, {4}},
      {a, {.below = 2, .limit = 9}, {}},
      {a, {.below = 0, .limit = 9}, {}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.slice.below);
    const auto page = history().select({.binary = c.binary, .current_during = {}}, c.slice);
    ASSERT_THAT(page, is_ok());
    std::vector<std::uint64_t> got;
    for (const VersionRecord& record : *page) {
      got.push_back(c.binary ? record.number : record.sequence);
    }
    EXPECT_EQ(got, c.want);
  }
}

TEST_F(VersionHistoryTest, RecordsComeWholeButForTheirElements) {
  const auto page = history().select({}, {.below = kNoBound, .limit = 1});
  ASSERT_THAT(page, is_ok());
  ASSERT_EQ(page->size(), 1U);
  const VersionRecord& got = page->front();
  EXPECT_EQ(got.id, "b");
  EXPECT_EQ(got.number, 3U);
  EXPECT_EQ(got.last_updated_ms, 2500);
  EXPECT_EQ(got.action, ChangeAction::kUpdate);
  EXPECT_EQ(got.content_type, "text/plain");
  EXPECT_EQ(got.elements, "");
}

TEST_F(VersionHistoryTest, WhatIsErasedWasNoLongerCounted) {
  const std::uint64_t count = history().count({}).value();
  EXPECT_EQ(count, 5U);
  VersionTable versions(catalog().connection(), catalog().settings());
  ASSERT_THAT(versions.erase_hidden(version(0).sequence), is_ok());
  ASSERT_THAT(versions.erase_hidden(version(3).sequence), is_ok());
  EXPECT_EQ(history().count({}).value(), count);
  EXPECT_EQ(history().count({.binary = {}, .oldest_ms = -1000, .current_during = {}}).value(),
            count);
  EXPECT_EQ(history().select({}, {.below = kNoBound, .limit = 9})->size(), count);
}

// The elements are sealed too, though they are not returned; a count looks at no seal.
TEST_F(VersionHistoryTest, ASliceWithADamagedRecordIsRefusedAndOneBesideItIsNot) {
  catalog().alter("UPDATE version SET elements = '{}' WHERE sequence = 5");
  EXPECT_THAT(history().select({}, {.below = 7, .limit = 2}), is_error(ErrorCode::kCorrupt));
  EXPECT_THAT(history().select({}, {.below = 7, .limit = 1}), is_ok());
  EXPECT_THAT(history().select({}, {.below = 5, .limit = 9}), is_ok());
  EXPECT_EQ(history().count({}).value(), 5U);
}

}  // namespace
}  // namespace fhirbin::storage
