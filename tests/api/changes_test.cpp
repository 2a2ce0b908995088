#include <chrono>
#include <stop_token>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/json_document.h"
#include "tests/support/result_matchers.h"
#include "tests/support/temporary_store.h"

namespace fhirbin::testing {
namespace {

Result<std::string> notification_of(Store& store, const Change& change,
                                    const InlinePolicy& policy = {}) {
  std::string text;
  const auto sink = string_sink(text);
  FHIRBIN_TRY(store.write_notification(change, *sink, NotificationOptions{policy}));
  return text;
}

TEST(ChangesTest, EachChangeHasTheNextSequence) {
  TemporaryStore store;
  const std::string id = put(*store, as_bytes("one"))->id;
  ASSERT_THAT(replace(*store, id, as_bytes("two")), is_ok());
  ASSERT_THAT(store->remove(id), is_ok());
  ASSERT_THAT(replace(*store, id, as_bytes("back")), is_ok());
  ASSERT_THAT(store->purge_history(id), is_ok());
  const auto page = store->changes(0);
  ASSERT_THAT(page, is_ok());
  const struct {
    ChangeAction action;
    std::uint64_t version;
  } want[] = {{ChangeAction::kCreate, 1},
              {ChangeAction::kUpdate, 2},
              {ChangeAction::kDelete, 3},
              {ChangeAction::kCreate, 4},
              {ChangeAction::kPurge, 4}};
  ASSERT_EQ(page->changes.size(), std::size(want));
  for (std::size_t i = 0; i < std::size(want); ++i) {
    EXPECT_EQ(page->changes[i].sequence, i + 1);
    EXPECT_EQ(page->changes[i].action, want[i].action) << i;
    EXPECT_EQ(page->changes[i].version, want[i].version) << i;
    EXPECT_EQ(page->changes[i].id, id);
  }
  EXPECT_EQ(page->last_sequence, 5U);
}

TEST(ChangesTest, ACursorGoesOnWhereItStopped) {
  TemporaryStore store;
  for (int i = 0; i < 7; ++i) {
    ASSERT_THAT(put(*store, as_bytes("x")), is_ok());
  }
  std::uint64_t cursor = 0;
  std::uint64_t seen = 0;
  for (auto page = store->changes(cursor, 3); !page->changes.empty();
       page = store->changes(cursor, 3)) {
    for (const Change& change : page->changes) {
      EXPECT_EQ(change.sequence, ++seen);
    }
    cursor = page->last_sequence;
  }
  EXPECT_EQ(seen, 7U);
  EXPECT_EQ(store->changes(7)->last_sequence, 7U);
  EXPECT_THAT(store->changes(0, 0), is_error(ErrorCode::kInvalidArgument));
  EXPECT_THAT(store->changes(0, 1001), is_error(ErrorCode::kInvalidArgument));
  EXPECT_THAT(store->changes(UINT64_MAX), is_error(ErrorCode::kInvalidArgument));
}

TEST(ChangesTest, ARefusedWriteIsNoChange) {
  TemporaryStore store;
  const std::string id = put(*store, as_bytes("one"))->id;
  EXPECT_FALSE(replace(*store, id, as_bytes("x"), {.if_match = 9}));
  EXPECT_FALSE(replace(*store, id, as_bytes("x"), {.if_none_match = true}));
  EXPECT_FALSE(put_json(*store, "{"));
  ASSERT_THAT(replace(*store, id, as_bytes("one"), {.skip_noop_update = true}), is_ok());
  EXPECT_EQ(store->changes(0)->changes.size(), 1U);
}

TEST(ChangesTest, WaitingTakesAnyTimeout) {
  using std::chrono::milliseconds;
  TemporaryStore store;
  EXPECT_FALSE(*store->wait_for_change(0, milliseconds::min()));
  EXPECT_FALSE(*store->wait_for_change(0, milliseconds(-1)));
  EXPECT_FALSE(*store->wait_for_change(0, milliseconds(0)));
  // For ever means until something happens, and not that the time is over at once.
  std::stop_source source;
  std::jthread writer([&] {
    std::this_thread::sleep_for(milliseconds(60));
    (void)put(*store, as_bytes("x"));
  });
  EXPECT_TRUE(*store->wait_for_change(0, milliseconds::max(), source.get_token()));
  writer.join();
  source.request_stop();
  EXPECT_FALSE(*store->wait_for_change(1, milliseconds::max(), source.get_token()));
}

TEST(ChangesTest, ANotificationCarriesTheResourceOfItsVersion) {
  TemporaryStore store;
  const auto first = put(*store, as_bytes("one"));
  ASSERT_THAT(replace(*store, first->id, as_bytes("two")), is_ok());
  ASSERT_THAT(store->remove(first->id), is_ok());
  const auto changes = store->changes(0)->changes;
  const struct {
    const char* action;
    const char* payload_type;
    const char* data;
  } want[] = {{"CreateResource", "FullResource", "b25l"},
              {"UpdateResource", "FullResource", "dHdv"},
              {"DeleteResource", "NameOnly", ""}};
  ASSERT_EQ(changes.size(), std::size(want));
  for (std::size_t i = 0; i < std::size(want); ++i) {
    SCOPED_TRACE(want[i].action);
    const JsonDocument json(*notification_of(*store, changes[i]));
    ASSERT_TRUE(json.is_json());
    EXPECT_EQ(json.names("/attributes"),
              (std::vector<std::string>{"action", "lastUpdatedTime", "payloadType", "resourceType",
                                        "storeName"}));
    EXPECT_EQ(json.text("/attributes/action"), want[i].action);
    EXPECT_EQ(json.text("/attributes/payloadType"), want[i].payload_type);
    EXPECT_EQ(json.text("/attributes/resourceType"), "Binary");
    EXPECT_EQ(json.text("/attributes/lastUpdatedTime"), format_instant(changes[i].last_updated));
    EXPECT_EQ(json.text("/resource/data").value_or(""), want[i].data);
    EXPECT_EQ(json.text("/name"),
              "Binary/" + first->id + "/_history/" + std::to_string(changes[i].version));
  }
}

TEST(ChangesTest, ANotificationLeavesOutWhatAnExportLeavesOut) {
  TemporaryStore store;
  ASSERT_THAT(put(*store, as_bytes("four")), is_ok());
  const Change change = store->changes(0)->changes.front();
  const JsonDocument at(*notification_of(*store, change, {.inline_limit_bytes = 4}));
  EXPECT_EQ(at.text("/resource/data"), "Zm91cg==");
  const JsonDocument over(*notification_of(*store, change, {.inline_limit_bytes = 3}));
  EXPECT_FALSE(over.has("/resource/data"));
  EXPECT_EQ(over.text("/resource/_data/extension/0/valueCode"), "unsupported");
  EXPECT_EQ(over.text("/attributes/payloadType"), "FullResource");
}

TEST(ChangesTest, APurgedVersionIsNotifiedByNameOnly) {
  TemporaryStore store;
  const std::string id = put(*store, as_bytes("one"))->id;
  ASSERT_THAT(replace(*store, id, as_bytes("two")), is_ok());
  ASSERT_THAT(store->purge_history(id), is_ok());
  const auto changes = store->changes(0)->changes;
  for (const std::size_t i : {std::size_t{0}, std::size_t{2}}) {
    const JsonDocument json(*notification_of(*store, changes[i]));
    EXPECT_EQ(json.text("/attributes/payloadType"), "NameOnly") << i;
    EXPECT_FALSE(json.has("/resource")) << i;
  }
}

TEST(ChangesTest, ANotificationIsJsonWhateverTheStoreIsCalled) {
  const struct {
    const char* folder;
    const char* name;
  } cases[] = {
      {"a \"b\" \\c.fhirbin", "a \"b\" \\c.fhirbin"},
      {"line\nend", "line\nend"},
      {"Gr\xc3\xbc\xc3\x9f"
       "e",
       "Gr\xc3\xbc\xc3\x9f"
       "e"},
      {"not \xff utf-8", "not \xef\xbf\xbd utf-8"},
      {"cut off \xc3", "cut off \xef\xbf\xbd"},
      {"slash at the end/", "slash at the end"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    TemporaryFolder folder;
    std::string path = (folder.path() / c.folder).string();
    if (path.ends_with('/')) {
      path.pop_back();
    }
    ASSERT_THAT(Store::create(path), is_ok());
    auto store = Store::open(folder.path() / c.folder);
    ASSERT_THAT(store, is_ok());
    ASSERT_THAT(put(*store, as_bytes("x")), is_ok());
    const auto text = notification_of(*store, store->changes(0)->changes.front());
    ASSERT_THAT(text, is_ok());
    EXPECT_EQ(JsonDocument(*text).text("/attributes/storeName"), c.name);
  }
}

}  // namespace
}  // namespace fhirbin::testing
