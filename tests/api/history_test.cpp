#include <gtest/gtest.h>

#include "tests/support/result_matchers.h"
#include "tests/support/temporary_store.h"
#include "tests/support/test_clock.h"

namespace fhirbin::testing {
namespace {

TEST(HistoryTest, VersionsCountOnThroughADeletion) {
  TemporaryStore store;
  const std::string id = put(*store, as_bytes("one"))->id;
  ASSERT_THAT(replace(*store, id, as_bytes("two")), is_ok());
  ASSERT_THAT(replace(*store, id, as_bytes("three")), is_ok());
  const auto removed = store->remove(id);
  ASSERT_THAT(removed, is_ok());
  EXPECT_EQ((*removed)->version, 4U);
  EXPECT_FALSE(*store->remove(id));
  EXPECT_EQ(store->head(id)->version, 4U);
  EXPECT_TRUE(store->head(id)->deleted);
  const auto gone = store->open_reader(id);
  ASSERT_THAT(gone, is_error(ErrorCode::kGone));
  EXPECT_THAT(gone.error().message, ::testing::HasSubstr("version 4"));
  EXPECT_THAT(read_json(*store, id), is_error(ErrorCode::kGone));
  const auto old_versions_are_readable = [&] {
    EXPECT_EQ(*read_text(*store, id, 1), "one");
    EXPECT_EQ(*read_text(*store, id, 2), "two");
    EXPECT_EQ(*read_text(*store, id, 3), "three");
    EXPECT_THAT(*read_json(*store, id, 2), ::testing::HasSubstr(R"("versionId":"2")"));
  };
  old_versions_are_readable();
  const auto back = replace(*store, id, as_bytes("five"));
  ASSERT_THAT(back, is_ok());
  EXPECT_EQ(back->version, 5U);
  EXPECT_TRUE(back->created);

  const auto page = store->history(id);
  ASSERT_THAT(page, is_ok());
  ASSERT_EQ(page->versions.size(), 5U);
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(page->versions[i].version, 5 - i);
    EXPECT_EQ(page->versions[i].deleted, i == 1);
    if (i > 0) {
      EXPECT_LT(page->versions[i].last_updated, page->versions[i - 1].last_updated);
    }
  }
  EXPECT_THAT(store->open_reader(id, 4), is_error(ErrorCode::kGone));
  EXPECT_THAT(read_json(*store, id, 4), is_error(ErrorCode::kGone));
  EXPECT_TRUE(store->version(id, 4)->deleted);
  EXPECT_THAT(store->open_reader(id, 6), is_error(ErrorCode::kNotFound));
  old_versions_are_readable();
  EXPECT_EQ(*read_text(*store, id), "five");
  store.reopen();
  old_versions_are_readable();
  EXPECT_THAT(store->open_reader(id, 4), is_error(ErrorCode::kGone));
}

TEST(HistoryTest, AStaleIfMatchChangesNothing) {
  TemporaryStore store;
  const std::string id = put(*store, as_bytes("one"))->id;
  ASSERT_THAT(replace(*store, id, as_bytes("two"), {.if_match = 1}), is_ok());
  EXPECT_THAT(replace(*store, id, as_bytes("no"), {.if_match = 1}),
              is_error(ErrorCode::kVersionConflict));
  EXPECT_THAT(store->remove(id, {.if_match = 1}), is_error(ErrorCode::kVersionConflict));
  EXPECT_THAT(replace(*store, id, as_bytes("no"), {.if_none_match = true}),
              is_error(ErrorCode::kVersionConflict));
  EXPECT_THAT(replace(*store, id, random_bytes(600'000, 1), {.if_match = 3}),
              is_error(ErrorCode::kVersionConflict));
  EXPECT_EQ(store->head(id)->version, 2U);
  EXPECT_EQ(as_text(*read_all(*store, id)), "two");
  const auto stats = store->stats();
  EXPECT_EQ(stats->sequence, 2U);
  EXPECT_EQ(stats->versions, 2U);
  EXPECT_EQ(stats->chunks, 0U);
  EXPECT_EQ(stats->reclaimable_bytes, 0U);
  EXPECT_EQ(stats->pins, 0U);
}

TEST(HistoryTest, PreconditionsSeeDeletions) {
  TemporaryStore store;
  const std::string id = put(*store, as_bytes("one"))->id;
  ASSERT_THAT(store->remove(id), is_ok());
  EXPECT_THAT(replace(*store, id, as_bytes("no"), {.if_match = 1}),
              is_error(ErrorCode::kVersionConflict));
  // Nothing is there to delete, whatever was expected of it.
  EXPECT_FALSE(*store->remove(id, {.if_match = 1}));
  EXPECT_FALSE(*store->remove("nobody", {.if_match = 1}));
  const auto back = replace(*store, id, as_bytes("three"), {.if_none_match = true});
  ASSERT_THAT(back, is_ok());
  EXPECT_EQ(back->version, 3U);
  ASSERT_THAT(store->remove(id), is_ok());
  EXPECT_THAT(replace(*store, id, as_bytes("five"), {.if_match = 4}), is_ok());
}

TEST(HistoryTest, ARawUpdateClearsTheSecurityContext) {
  TemporaryStore store;
  const auto first = store->create(bytes_source(as_bytes("x")),
                                   {.content_type = "a/b", .security_context = "Patient/1"});
  ASSERT_THAT(first, is_ok());
  const auto second = replace(*store, first->id, as_bytes("y"));
  ASSERT_THAT(second, is_ok());
  EXPECT_EQ(second->security_context, "");
  EXPECT_THAT(*read_json(*store, first->id),
              ::testing::Not(::testing::HasSubstr("securityContext")));
  EXPECT_EQ(store->version(first->id, 1)->security_context, "Patient/1");
}

TEST(HistoryTest, AnUpdateThatChangesNothingIsAVersionUnlessItMayBeSkipped) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{100}, std::size_t{900'000}}) {
    SCOPED_TRACE(size);
    TemporaryStore store;
    const ByteVector content = random_bytes(size, 1);
    const std::string id = put(*store, content)->id;
    const std::uint64_t stored = store->stats()->chunk_stored_bytes;
    EXPECT_EQ(replace(*store, id, content)->version, 2U);
    EXPECT_EQ(store->stats()->chunk_stored_bytes, stored);
    const auto skipped = replace(*store, id, content, {.skip_noop_update = true});
    ASSERT_THAT(skipped, is_ok());
    EXPECT_EQ(skipped->version, 2U);
    EXPECT_EQ(store->stats()->sequence, 2U);
    EXPECT_EQ(store->stats()->pins, 0U);
    // Anything else in the resource counts as a change.
    EXPECT_EQ(replace(*store, id, content, {.skip_noop_update = true}, "a/b")->version, 3U);
    EXPECT_EQ(store->verify()->damage_count, 0U);
  }
}

TEST(HistoryTest, UpdatesCreateOnlyWhereTheStoreAllowsIt) {
  TemporaryStore strict;
  EXPECT_THAT(replace(*strict, "mine", as_bytes("x")), is_error(ErrorCode::kMethodNotAllowed));
  TemporaryStore open({.update_may_create = true});
  const auto info = replace(*open, "mine", as_bytes("x"));
  ASSERT_THAT(info, is_ok());
  EXPECT_EQ(info->id, "mine");
  EXPECT_TRUE(info->created);
}

TEST(HistoryTest, AFhirUpdateMustCarryTheSameId) {
  TemporaryStore store;
  const std::string id = put(*store, as_bytes("x"))->id;
  const auto body = [](const std::string& member) {
    return R"({"resourceType":"Binary",)" + member + R"("contentType":"a/b","data":"aGVsbG8="})";
  };
  const auto update = [&](const std::string& json) {
    return replace(*store, id, as_bytes(json), {}, "application/fhir+json");
  };
  EXPECT_THAT(update(body("")), is_error(ErrorCode::kInvalidResource));
  EXPECT_THAT(update(body(R"("id":"other",)")), is_error(ErrorCode::kInvalidResource));
  EXPECT_THAT(update(body(R"("id":")" + id + R"(",)")), is_ok());
}

TEST(HistoryTest, TagsAreCarriedForwardByUpdates) {
  TemporaryStore store;
  const auto first =
      put_json(*store, R"({"resourceType":"Binary","meta":{"tag":[{"system":"s","code":"c"}],)"
                       R"("profile":["http://p"]},"contentType":"a/b"})");
  ASSERT_THAT(first, is_ok());
  ASSERT_THAT(replace(*store, first->id, as_bytes("x")), is_ok());
  const std::string json = *read_json(*store, first->id);
  EXPECT_THAT(json, ::testing::HasSubstr(R"("tag":[{"system":"s","code":"c"}])"));
  EXPECT_THAT(json, ::testing::Not(::testing::HasSubstr("profile")));
}

// Tags stay until they are removed, so that updates could pile them up without end.
TEST(HistoryTest, CarriedTagsAreBounded) {
  TemporaryStore store;
  const std::string id = put(*store, as_bytes("x"))->id;
  const auto body = [&](int number) {
    return R"({"resourceType":"Binary","id":")" + id + R"(","contentType":"a/b","meta":{"tag":[)" +
           R"({"code":")" + std::to_string(number) + std::string(600'000, 'x') + "\"}]}}";
  };
  ASSERT_THAT(replace_json(*store, id, body(1)), is_ok());
  EXPECT_THAT(replace_json(*store, id, body(2)), is_error(ErrorCode::kTooLarge));
  EXPECT_EQ(store->head(id)->version, 2U);
  // What adds none goes on.
  EXPECT_THAT(replace_json(*store, id, body(1)), is_ok());
  EXPECT_THAT(replace(*store, id, as_bytes("y")), is_ok());
}

TEST(HistoryTest, PagesCoverEveryVersionOnce) {
  TemporaryStore store;
  const std::string id = put(*store, as_bytes("0"))->id;
  for (int i = 1; i < 25; ++i) {
    ASSERT_THAT(replace(*store, id, as_bytes(std::to_string(i))), is_ok());
  }
  HistoryQuery query{.count = 10};
  std::uint64_t next = 25;
  do {
    const auto page = store->history(id, query);
    ASSERT_THAT(page, is_ok());
    EXPECT_EQ(page->total, 25U);
    for (const VersionInfo& version : page->versions) {
      EXPECT_EQ(version.version, next--);
    }
    query.page_token = page->next_page_token;
  } while (!query.page_token.empty());
  EXPECT_EQ(next, 0U);
  EXPECT_EQ(store->history(HistoryQuery{})->versions.size(), 25U);
  EXPECT_THAT(store->history(id, {.count = 0}), is_error(ErrorCode::kInvalidArgument));
}

TEST(HistoryTest, TheStoresHistoryAtAnInstantHonoursSinceToo) {
  TestClock clock;
  TemporaryStore store({}, {}, with_clock(clock));
  const auto old = put(*store, as_bytes("old"));
  clock.set(kTestInstant + std::chrono::seconds(10));
  const auto young = put(*store, as_bytes("young"));
  const auto page = store->history(
      {.since = old->last_updated + std::chrono::seconds(1), .at = young->last_updated});
  ASSERT_THAT(page, is_ok());
  ASSERT_EQ(page->versions.size(), 1U);
  EXPECT_EQ(page->versions[0].id, young->id);
  EXPECT_EQ(page->total, 1U);
}

TEST(HistoryTest, ANoOpIsRecognisedWhateverTheCompressionLevel) {
  TemporaryStore store({}, {.compression_level = 1});
  const ByteVector content = text_bytes(100'000, 1);
  const std::string id = put(*store, content)->id;
  store.close();
  auto reopened = Store::open(store.path(), {.compression_level = 19});
  ASSERT_THAT(reopened, is_ok());
  const auto again = replace(*reopened, id, content, {.skip_noop_update = true});
  ASSERT_THAT(again, is_ok());
  EXPECT_EQ(again->version, 1U);
}

TEST(HistoryTest, AStoreWithoutHistoryKeepsOnlyTheHead) {
  TemporaryStore store({.keep_history = false});
  const std::string id = put(*store, random_bytes(500'000, 1))->id;
  ASSERT_THAT(replace(*store, id, random_bytes(500'000, 2)), is_ok());
  EXPECT_THAT(store->version(id, 1), is_error(ErrorCode::kNotFound));
  EXPECT_EQ(store->history(id)->versions.size(), 1U);
  EXPECT_EQ(store->verify()->damage_count, 0U);
}

TEST(HistoryTest, ChangesComeInCommitOrder) {
  TemporaryStore store;
  const std::string id = put(*store, as_bytes("one"))->id;
  ASSERT_THAT(replace(*store, id, as_bytes("two")), is_ok());
  ASSERT_THAT(store->remove(id), is_ok());
  const auto page = store->changes(0);
  ASSERT_THAT(page, is_ok());
  ASSERT_EQ(page->changes.size(), 3U);
  const ChangeAction actions[] = {ChangeAction::kCreate, ChangeAction::kUpdate,
                                  ChangeAction::kDelete};
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(page->changes[i].sequence, i + 1);
    EXPECT_EQ(page->changes[i].action, actions[i]);
  }
  EXPECT_TRUE(*store->wait_for_change(2, std::chrono::milliseconds(0)));
  EXPECT_FALSE(*store->wait_for_change(3, std::chrono::milliseconds(30)));
  std::string text;
  const auto sink = string_sink(text);
  ASSERT_THAT(store->write_notification(page->changes[1], *sink), is_ok());
  EXPECT_THAT(text, ::testing::HasSubstr(R"("payloadType":"FullResource")"));
}

}  // namespace
}  // namespace fhirbin::testing
