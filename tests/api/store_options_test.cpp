#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/fhir_versions.h"
#include "tests/support/result_matchers.h"
#include "tests/support/temporary_store.h"
#include "tests/support/test_clock.h"

// What the Store offers for HTTP's sake: If-Match: *, application/json as FHIR, _at with a span.

namespace fhirbin::testing {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr WriteOptions kIfExists{.if_exists = true};

TEST(IfExistsTest, AnUpdateNeedsABinaryThatIsThere) {
  TemporaryStore store({.update_may_create = true});
  EXPECT_THAT(replace(*store, "a", as_bytes("1"), kIfExists),
              is_error(ErrorCode::kVersionConflict));
  EXPECT_THAT(store->head("a"), is_error(ErrorCode::kNotFound));
  ASSERT_THAT(replace(*store, "a", as_bytes("1")), is_ok());
  ASSERT_THAT(replace(*store, "a", as_bytes("2"), kIfExists), is_ok());
  ASSERT_THAT(store->remove("a"), is_ok());
  EXPECT_THAT(replace(*store, "a", as_bytes("3"), kIfExists),
              is_error(ErrorCode::kVersionConflict));
  EXPECT_EQ(store->head("a")->version, 3U);
  EXPECT_TRUE(store->head("a")->deleted);
}

TEST(IfExistsTest, ARemovalNeedsABinaryThatIsThere) {
  TemporaryStore store;
  EXPECT_THAT(store->remove("a", {.if_match = {}, .if_exists = true}),
              is_error(ErrorCode::kVersionConflict));
  const auto info = put(*store, as_bytes("x")).value();
  ASSERT_THAT(store->remove(info.id, {.if_match = {}, .if_exists = true}), is_ok());
  EXPECT_THAT(store->remove(info.id, {.if_match = {}, .if_exists = true}),
              is_error(ErrorCode::kVersionConflict));
  EXPECT_EQ(store->remove(info.id).value(),
            std::nullopt);  // without it there is just nothing to do
  EXPECT_EQ(store->head(info.id)->version, 2U);
}

TEST(IfExistsTest, BothPreconditionsMustHold) {
  TemporaryStore store;
  const auto info = put(*store, as_bytes("x")).value();
  EXPECT_THAT(replace(*store, info.id, as_bytes("y"), {.if_match = 2, .if_exists = true}),
              is_error(ErrorCode::kVersionConflict));
  EXPECT_THAT(replace(*store, info.id, as_bytes("y"), {.if_exists = true, .if_none_match = true}),
              is_error(ErrorCode::kVersionConflict));
  EXPECT_THAT(replace(*store, info.id, as_bytes("y"), {.if_match = 1, .if_exists = true}), is_ok());
}

Result<VersionInfo> put_plain(Store& store, std::string_view text,
                              const char* type = "application/json") {
  return put(store, as_bytes(text), type, {.accept_plain_json = true});
}

TEST(AcceptPlainJsonTest, ABinaryIsUnwrapped) {
  for (const FhirVersion version : kAllVersions) {
    TemporaryStore store({.fhir_version = version});
    for (const char* const type :
         {"application/json", "Application/JSON", "application/json; charset=utf-8"}) {
      const auto info = put_plain(*store, hello_binary(version), type);
      ASSERT_THAT(info, is_ok());
      EXPECT_EQ(info->content_type, "text/plain");
      EXPECT_EQ(read_text(*store, info->id).value(), "hello");
    }
  }
}

TEST(AcceptPlainJsonTest, AnythingElseStaysAsItIs) {
  TemporaryStore store;
  for (const std::string text :
       {"", "{}", "{\"a\":1}", "[1,2]", "{\"resourceType\":\"Patient\"}", "not json",
        "{\"cut\":", "\xFF\xFE", "{\"resourceType\":\"Patient\",\"data\":\"aGVsbG8=\"}"}) {
    SCOPED_TRACE(text);
    const auto info = put_plain(*store, text);
    ASSERT_THAT(info, is_ok());
    EXPECT_EQ(info->content_type, "application/json");
    EXPECT_EQ(read_text(*store, info->id).value(), text);
  }
  const std::string binary = hello_binary(FhirVersion::kR4);
  for (const char* const type : {"text/json", "application/x+json", "text/plain"}) {
    EXPECT_EQ(read_text(*store, put_plain(*store, binary, type)->id).value(), binary);
  }
}

TEST(AcceptPlainJsonTest, ABinaryThatIsBadIsStillRefused) {
  TemporaryStore store;
  EXPECT_THAT(put_plain(*store, R"({"resourceType":"Binary","contentType":"a/b","data":"!"})"),
              is_error(ErrorCode::kInvalidResource));
  EXPECT_THAT(put_plain(*store, R"({"resourceType":"Binary","data":"aGVsbG8="})"),
              is_error(ErrorCode::kInvalidResource));
  EXPECT_EQ(store->stats()->versions, 0U);
}

TEST(AcceptPlainJsonTest, IsOffUnlessAskedFor) {
  TemporaryStore store;
  const std::string binary = hello_binary(FhirVersion::kR4);
  const auto info = put(*store, as_bytes(binary), "application/json").value();
  EXPECT_EQ(read_text(*store, info.id).value(), binary);
}

// Versions of one Binary at 0, 10, 20 and 30 seconds; the third is a deletion.
class HistoryDuringTest : public ::testing::Test {
 protected:
  HistoryDuringTest() : store_({.update_may_create = true}, {}, with_clock(clock_)) {
    EXPECT_THAT(replace(*store_, "a", as_bytes("1")), is_ok());
    clock_.set(at(10));
    EXPECT_THAT(replace(*store_, "a", as_bytes("2")), is_ok());
    clock_.set(at(20));
    EXPECT_THAT(store_->remove("a"), is_ok());
    clock_.set(at(30));
    EXPECT_THAT(replace(*store_, "a", as_bytes("4")), is_ok());
  }

  static Instant at(int second) { return kTestInstant + seconds(second); }

  static std::vector<std::uint64_t> numbers(const HistoryPage& page) {
    std::vector<std::uint64_t> numbers;
    for (const VersionInfo& info : page.versions) {
      numbers.push_back(info.version);
    }
    EXPECT_EQ(page.total, numbers.size());
    return numbers;
  }

  // Of the Binary and of the store, which must agree as there is no other.
  std::vector<std::uint64_t> during(Instant begin, std::optional<Instant> end) {
    const HistoryQuery query{.at = begin, .at_end = end};
    const auto one = numbers(store_->history("a", query).value());
    EXPECT_EQ(numbers(store_->history(query).value()), one);
    return one;
  }

  TestClock clock_;
  TemporaryStore store_;
};

TEST_F(HistoryDuringTest, GivesWhatWasCurrentAtSomeMomentOfASpan) {
  EXPECT_THAT(during(at(-5), at(0)), IsEmpty());  // the end is not in it
  EXPECT_THAT(during(at(-5), at(1)), ElementsAre(1));
  EXPECT_THAT(during(at(0), at(10)), ElementsAre(1));
  EXPECT_THAT(during(at(5), at(15)), ElementsAre(2, 1));
  EXPECT_THAT(during(at(9), at(31)), ElementsAre(4, 3, 2, 1));
  EXPECT_THAT(during(at(15), at(16)), ElementsAre(2));
  EXPECT_THAT(during(at(25), at(30)), ElementsAre(3));
  EXPECT_THAT(during(at(40), at(50)), ElementsAre(4));
}

TEST_F(HistoryDuringTest, WithoutAnEndASpanIsOneInstant) {
  EXPECT_THAT(during(at(0), std::nullopt), ElementsAre(1));
  EXPECT_THAT(during(at(15), std::nullopt), ElementsAre(2));
  EXPECT_THAT(during(at(30), std::nullopt), ElementsAre(4));
  EXPECT_THAT(during(at(-1), std::nullopt), IsEmpty());
  EXPECT_EQ(during(at(15), at(15) + std::chrono::milliseconds(1)), during(at(15), std::nullopt));
}

TEST_F(HistoryDuringTest, ASpanThatEndsBeforeItBeginsHoldsNothing) {
  EXPECT_THAT(during(at(31), at(5)), IsEmpty());
}

TEST_F(HistoryDuringTest, PagesFollowEachOther) {
  HistoryQuery query{.count = 1, .at = at(5), .at_end = at(40)};
  std::vector<std::uint64_t> seen;
  do {
    const HistoryPage page = store_->history("a", query).value();
    ASSERT_EQ(page.versions.size(), 1U);
    EXPECT_EQ(page.total, 4U);
    seen.push_back(page.versions[0].version);
    query.page_token = page.next_page_token;
  } while (!query.page_token.empty() && seen.size() < 10);
  EXPECT_THAT(seen, ElementsAre(4, 3, 2, 1));
}

TEST_F(HistoryDuringTest, SinceNarrowsASpan) {
  const HistoryQuery query{.since = at(10), .at = at(0), .at_end = at(25)};
  EXPECT_THAT(numbers(store_->history("a", query).value()), ElementsAre(3, 2));
}

}  // namespace
}  // namespace fhirbin::testing
