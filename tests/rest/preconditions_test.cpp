#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/rest/service_calls.h"
#include "tests/support/fhir_versions.h"
#include "tests/support/result_matchers.h"
#include "tests/support/temporary_store.h"
#include "tests/support/test_clock.h"

namespace fhirbin::testing {
namespace {

const rest::Header kText = {"Content-Type", "text/plain"};

TEST(PreconditionsTest, InsistingOnIfMatchLeavesCreatesAlone) {
  TemporaryStore store({.update_may_create = true});
  rest::Service service(*store, {.require_if_match = true});
  EXPECT_EQ(call(service, "POST", "/Binary", {kText}, "x").status, 201);
  EXPECT_EQ(call(service, "PUT", "/Binary/a", {kText, {"If-None-Match", "*"}}, "x").status, 201);
  EXPECT_EQ(call(service, "PUT", "/Binary/a", {kText}, "y").status, 400);
  EXPECT_EQ(call(service, "DELETE", "/Binary/a").status, 400);
  EXPECT_EQ(call(service, "PUT", "/Binary/a", {kText, {"If-Match", "W/\"1\""}}, "y").status, 200);
  EXPECT_EQ(call(service, "DELETE", "/Binary/a", {{"If-Match", "*"}}).status, 204);
}

TEST(PreconditionsTest, ADeleteUnderIfNoneMatchDeletesNothing) {
  for (const FhirVersion version : kAllVersions) {
    TemporaryStore store({.fhir_version = version});
    rest::Service service(*store);
    const auto info = put(*store, as_bytes("kept")).value();
    const std::vector<rest::Header> if_none = {{"If-None-Match", "*"}};
    EXPECT_EQ(call(service, "DELETE", "/Binary/" + info.id, if_none).status, 412);
    EXPECT_FALSE(store->head(info.id)->deleted);
    EXPECT_EQ(call(service, "DELETE", "/Binary/unknown", if_none).status, 204);
    EXPECT_EQ(call(service, "DELETE", "/Binary/no_id", if_none).status, 400);
    ASSERT_THAT(store->remove(info.id), is_ok());
    EXPECT_EQ(call(service, "DELETE", "/Binary/" + info.id, if_none).status, 204);
    EXPECT_EQ(store->head(info.id)->version, 2U);
  }
}

TEST(PreconditionsTest, OneOfSeveralTagsIsEnough) {
  TemporaryStore store;
  rest::Service service(*store);
  const auto info = put(*store, as_bytes("1")).value();
  const auto update = [&](const char* tags) {
    return call(service, "PUT", "/Binary/" + info.id, {kText, {"If-Match", tags}}, "2").status;
  };
  EXPECT_EQ(update("\"7\", W/\"8\""), 412);
  EXPECT_EQ(update("\"7\", W/\"1\""), 200);
  EXPECT_EQ(update("\"none-of-ours\""), 412);
  EXPECT_EQ(update("3"), 400);
  EXPECT_EQ(store->head(info.id)->version, 2U);
}

TEST(PreconditionsTest, AFailureToLookIsNoConflict) {
  TemporaryStore store;
  rest::Service service(*store);
  ASSERT_THAT(store->close(), is_ok());
  EXPECT_EQ(call(service, "DELETE", "/Binary/a", {{"If-Match", "\"1\", \"2\""}}).status, 400);
  EXPECT_EQ(call(service, "DELETE", "/Binary/a", {{"If-None-Match", "*"}}).status, 400);
}

TEST(PreconditionsTest, PartsOfABinaryAreNotTakenForTheWhole) {
  TemporaryStore store({.update_may_create = true});
  rest::Service service(*store);
  EXPECT_EQ(
      call(service, "PUT", "/Binary/a", {kText, {"Content-Range", "bytes 0-0/9"}}, "x").status,
      400);
  EXPECT_THAT(store->head("a"), is_error(ErrorCode::kNotFound));
}

TEST(PreconditionsTest, AmbiguousMetadataIsRefused) {
  TemporaryStore store;
  rest::Service service(*store);
  EXPECT_EQ(call(service, "POST", "/Binary", {kText, {"content-type", "image/png"}}, "x").status,
            400);
  EXPECT_EQ(
      call(service, "POST", "/Binary",
           {kText, {"X-Security-Context", "Patient/1"}, {"X-Security-Context", "Patient/2"}}, "x")
          .status,
      400);
  EXPECT_EQ(store->stats()->versions, 0U);
}

// Two versions within a second have the same Last-Modified: their halves must not be joined.
TEST(IfRangeTest, ADateThatMayMeanTwoVersionsGetsTheWholeContent) {
  TestClock clock;
  TemporaryStore store({}, {}, with_clock(clock));
  rest::Service service(*store);
  const auto first = put(*store, as_bytes("0123456789")).value();
  ASSERT_THAT(replace(*store, first.id, as_bytes("abcdefghij")), is_ok());
  const std::string head = "/Binary/" + first.id;
  const std::string date = call(service, "GET", head).header("Last-Modified");
  const std::vector<rest::Header> by_date = {{"Range", "bytes=5-"}, {"If-Range", date}};
  EXPECT_EQ(call(service, "GET", head, by_date).body, "abcdefghij");
  EXPECT_EQ(call(service, "GET", head + "/_history/2", by_date).body, "fghij");

  clock.set(kTestInstant + std::chrono::seconds(5));
  ASSERT_THAT(replace(*store, first.id, as_bytes("ABCDEFGHIJ")), is_ok());
  EXPECT_EQ(call(service, "GET", head, by_date).body, "ABCDEFGHIJ");
  const std::string later = call(service, "GET", head).header("Last-Modified");
  EXPECT_EQ(call(service, "GET", head, {{"Range", "bytes=5-"}, {"If-Range", later}}).body, "FGHIJ");
}

TEST(IfRangeTest, TagsAreComparedAlthoughTheyAreWeak) {
  TemporaryStore store;
  rest::Service service(*store);
  const auto info = put(*store, as_bytes("0123456789")).value();
  const auto ranged = [&](const char* if_range) {
    return call(service, "GET", "/Binary/" + info.id,
                {{"Range", "bytes=5-"}, {"If-Range", if_range}})
        .status;
  };
  EXPECT_EQ(ranged("W/\"1\""), 206);
  EXPECT_EQ(ranged("\"1\""), 206);
  EXPECT_EQ(ranged("W/\"2\""), 200);
  EXPECT_EQ(ranged("nonsense"), 200);
  EXPECT_EQ(ranged("\"unended"), 200);
  EXPECT_EQ(ranged(""), 200);
}

}  // namespace
}  // namespace fhirbin::testing
