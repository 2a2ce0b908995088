#include <chrono>
#include <iterator>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/result_matchers.h"
#include "tests/support/temporary_store.h"
#include "tests/support/test_clock.h"

namespace fhirbin::testing {
namespace {

constexpr std::chrono::milliseconds kSecond{1000};

std::vector<std::string> ids_of(const std::vector<VersionInfo>& versions) {
  std::vector<std::string> ids;
  for (const VersionInfo& version : versions) {
    ids.push_back(version.id);
  }
  return ids;
}

// "id/number" of each version.
std::vector<std::string> names_of(const Result<HistoryPage>& page) {
  std::vector<std::string> names;
  if (page) {
    for (const VersionInfo& version : page->versions) {
      names.push_back(version.id + "/" + std::to_string(version.version));
    }
  }
  return names;
}

using Names = std::vector<std::string>;

TEST(ListingTest, FiltersChooseAmongTheHeads) {
  TestClock clock;
  TemporaryStore store({.update_may_create = true}, {}, with_clock(clock));
  const auto put_at = [&](int second, const std::string& id, std::size_t size,
                          const std::string& type) {
    clock.set(kTestInstant + second * kSecond);
    ASSERT_THAT(replace(*store, id, ByteVector(size), {}, type), is_ok());
  };
  put_at(0, "a", 10, "image/png");
  put_at(1, "b", 1000, "Image/PNG; x=y");
  put_at(2, "c", 10, "image/jpeg");
  put_at(3, "d", 0, "text/plain");
  put_at(4, "e", 5000, "text/plain");
  ASSERT_THAT(store->remove("e"), is_ok());
  const struct {
    const char* name;
    ListQuery query;
    Names want;
  } cases[] = {
      {"everything", {}, {"a", "b", "c", "d"}},
      {"deleted too", {.include_deleted = true}, {"a", "b", "c", "d", "e"}},
      {"a type in any case", {.content_type = "IMAGE/png"}, {"a", "b"}},
      {"a family of types", {.content_type = "image/*"}, {"a", "b", "c"}},
      {"any type", {.content_type = "*/*"}, {"a", "b", "c", "d"}},
      {"a type has no deletion", {.content_type = "text/plain", .include_deleted = true}, {"d"}},
      {"since an instant, inclusive", {.since = kTestInstant + 2 * kSecond}, {"c", "d"}},
      {"at least a size", {.min_size_bytes = 11}, {"b"}},
      {"exactly a size", {.min_size_bytes = 10}, {"a", "b", "c"}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto page = store->list(c.query);
    ASSERT_THAT(page, is_ok());
    EXPECT_EQ(ids_of(page->heads), c.want);
    EXPECT_EQ(page->next_page_token, "");
  }
}

TEST(ListingTest, AFilterThatIsNoMediaTypeIsRefused) {
  TemporaryStore store;
  ASSERT_THAT(put(*store, as_bytes("x")), is_ok());
  for (const char* const filter :
       {"text", "text/", "/plain", "*", "*/plain", "text/plain;charset=utf-8", "text/plain,a/b",
        "te xt/plain", "text/pl*", "text/plain/x"}) {
    SCOPED_TRACE(filter);
    EXPECT_THAT(store->list({.content_type = filter}), is_error(ErrorCode::kInvalidArgument));
    ExportOptions options;
    options.content_type = filter;
    EXPECT_THAT(export_text(*store, options), is_error(ErrorCode::kInvalidArgument));
  }
}

TEST(ListingTest, PagesCoverEachBinaryOnce) {
  TemporaryStore store({.update_may_create = true});
  Names want;
  for (int i = 10; i < 35; ++i) {
    const std::string id = "id-" + std::to_string(i);
    ASSERT_THAT(replace(*store, id, as_bytes("x"), {}, i % 2 == 0 ? "a/b" : "c/d"), is_ok());
    if (i % 2 == 0) {
      want.push_back(id);
    }
  }
  ListQuery query{.count = 5, .content_type = "a/b"};
  Names got;
  do {
    const auto page = store->list(query);
    ASSERT_THAT(page, is_ok());
    EXPECT_LE(page->heads.size(), 5U);
    std::ranges::copy(ids_of(page->heads), std::back_inserter(got));
    query.page_token = page->next_page_token;
  } while (!query.page_token.empty());
  EXPECT_EQ(got, want);
  EXPECT_THAT(store->list({.count = 0}), is_error(ErrorCode::kInvalidArgument));
  EXPECT_THAT(store->list({.count = 1001}), is_error(ErrorCode::kInvalidArgument));
}

// Versions a/1 at second 0, b/1 at 1, a/2 at 2, and the deletions b/2 at 3 and a/3 at 4.
class TimedHistoryTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_THAT(replace(store(), "a", as_bytes("1")), is_ok());
    set(1);
    ASSERT_THAT(replace(store(), "b", as_bytes("1")), is_ok());
    set(2);
    ASSERT_THAT(replace(store(), "a", as_bytes("2")), is_ok());
    set(3);
    ASSERT_THAT(store().remove("b"), is_ok());
    set(4);
    ASSERT_THAT(store().remove("a"), is_ok());
  }
  static Instant at(int second, int millisecond = 0) {
    return kTestInstant + second * kSecond + std::chrono::milliseconds(millisecond);
  }
  void set(int second) { clock_.set(at(second)); }
  Store& store() { return *store_; }

 private:
  TestClock clock_;
  TemporaryStore store_{{.update_may_create = true}, {}, with_clock(clock_)};
};

TEST_F(TimedHistoryTest, SinceIsInclusive) {
  EXPECT_EQ(names_of(store().history("a", {.since = at(2)})), (Names{"a/3", "a/2"}));
  EXPECT_EQ(names_of(store().history("a", {.since = at(2, 1)})), (Names{"a/3"}));
  EXPECT_EQ(names_of(store().history({.since = at(2)})), (Names{"a/3", "b/2", "a/2"}));
  EXPECT_EQ(store().history({.since = at(2)})->total, 3U);
  EXPECT_EQ(names_of(store().history({.since = at(5)})), Names{});
}

TEST_F(TimedHistoryTest, AtGivesWhatWasCurrentThen) {
  EXPECT_EQ(names_of(store().history("a", {.at = at(0, -1)})), Names{});
  EXPECT_EQ(names_of(store().history("a", {.at = at(0)})), Names{"a/1"});
  EXPECT_EQ(names_of(store().history("a", {.at = at(1, 999)})), Names{"a/1"});
  EXPECT_EQ(names_of(store().history("a", {.at = at(2)})), Names{"a/2"});
  EXPECT_EQ(names_of(store().history("a", {.at = at(9)})), Names{"a/3"});
  EXPECT_EQ(names_of(store().history({.at = at(1)})), (Names{"b/1", "a/1"}));
  EXPECT_EQ(names_of(store().history({.at = at(2)})), (Names{"a/2", "b/1"}));
  EXPECT_EQ(store().history({.at = at(2)})->total, 2U);
}

TEST_F(TimedHistoryTest, SinceAndAtHoldTogether) {
  EXPECT_EQ(names_of(store().history("a", {.since = at(1), .at = at(1)})), Names{});
  EXPECT_EQ(names_of(store().history("a", {.since = at(2), .at = at(3)})), Names{"a/2"});
  EXPECT_EQ(names_of(store().history({.since = at(2), .at = at(2)})), Names{"a/2"});
  EXPECT_EQ(store().history({.since = at(2), .at = at(2)})->total, 1U);
}

TEST_F(TimedHistoryTest, TheHistoryOfTheStoreComesInPages) {
  Names got;
  HistoryQuery query{.count = 2};
  do {
    const auto page = store().history(query);
    ASSERT_THAT(page, is_ok());
    EXPECT_EQ(page->total, 5U);
    std::ranges::copy(names_of(page), std::back_inserter(got));
    query.page_token = page->next_page_token;
  } while (!query.page_token.empty());
  EXPECT_EQ(got, (Names{"a/3", "b/2", "a/2", "b/1", "a/1"}));
}

}  // namespace
}  // namespace fhirbin::testing
