#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/util/try.h"
#include "tests/support/fhir_versions.h"
#include "tests/support/json_document.h"
#include "tests/support/result_matchers.h"
#include "tests/support/temporary_store.h"

// Store::open_fhir_json() and open_notification(): what is pulled is what would be pushed.

namespace fhirbin::testing {
namespace {

// Pulls everything with a buffer of `size` bytes; checks size_hint() all the way.
Result<std::string> pull(Source& source, std::size_t size) {
  ByteVector buffer(size);
  std::string text;
  const std::uint64_t whole = source.size_hint().value();
  while (true) {
    EXPECT_EQ(source.size_hint(), whole - text.size());
    FHIRBIN_TRY_ASSIGN(const std::size_t filled, source.read(buffer));
    if (filled == 0) {
      EXPECT_EQ(text.size(), whole);
      return text;
    }
    text += as_text(ByteSpan(buffer).first(filled));
  }
}

const std::vector<JsonOptions>& all_forms() {
  static const std::vector<JsonOptions> kForms = {
      {},
      {.summary = true, .view = {}},
      {.summary = false, .view = InlinePolicy{}},
      {.summary = false, .view = InlinePolicy{.inline_limit_bytes = 10}},
      {.summary = false,
       .view =
           InlinePolicy{.inline_limit_bytes = 150, .measure = InlinePolicy::Measure::kSerialized}},
      {.summary = true, .view = InlinePolicy{.inline_limit_bytes = 0}},
  };
  return kForms;
}

TEST(JsonSourceTest, EqualsWhatIsWrittenForEveryBufferAndForm) {
  for (const FhirVersion version : kAllVersions) {
    TemporaryStore store({.fhir_version = version});
    for (const std::size_t content_size : {0U, 1U, 2U, 3U, 48U, 50U, 150U}) {
      const auto info = put(*store, random_bytes(content_size, content_size)).value();
      for (const JsonOptions& form : all_forms()) {
        const std::string wanted = read_json(*store, info.id, {}, form).value();
        const std::size_t step = version == FhirVersion::kR4 ? 1 : 33;  // one in full is enough
        for (std::size_t size = 1; size < 75; size += step) {
          const auto source = store->open_fhir_json(info.id, {}, form).value();
          ASSERT_EQ(pull(*source, size).value(), wanted) << content_size << " by " << size;
        }
        const auto source = store->open_fhir_json(info.id, 1, form).value();
        ASSERT_EQ(pull(*source, wanted.size() + 1).value(), wanted);
      }
    }
  }
}

TEST(JsonSourceTest, LongContentOfManyChunksComesInAnyPieces) {
  TemporaryStore store({.inline_limit_bytes = 1000}, {}, small_chunks(1U << 20));
  const auto info = put(*store, random_bytes(200'000, 1)).value();
  const std::string wanted = read_json(*store, info.id).value();
  for (const std::size_t size : {67U, 68U, 69U, 1000U, 4093U, 65'536U, 1'000'000U}) {
    const auto source = store->open_fhir_json(info.id).value();
    ASSERT_EQ(pull(*source, size).value(), wanted) << size;
  }
}

TEST(JsonSourceTest, ReadsOnAfterTheStoreHasGone) {
  TemporaryStore store({.inline_limit_bytes = 1000}, {}, small_chunks(1U << 20));
  const auto info = put(*store, random_bytes(100'000, 2)).value();
  const std::string wanted = read_json(*store, info.id).value();
  const auto source = store->open_fhir_json(info.id).value();
  store.close();
  EXPECT_EQ(pull(*source, 1000).value(), wanted);
}

TEST(JsonSourceTest, AnEmptyBufferTakesNothing) {
  TemporaryStore store;
  const auto info = put(*store, as_bytes("hello")).value();
  const auto source = store->open_fhir_json(info.id).value();
  EXPECT_EQ(source->read({}).value(), 0U);
  EXPECT_EQ(pull(*source, 7).value(), read_json(*store, info.id).value());
}

TEST(JsonSourceTest, AfterAPurgeItFailsOrGoesOnButNeverLies) {
  TemporaryStore store({.inline_limit_bytes = 1000}, {}, small_chunks(256U << 10));
  const auto first = put(*store, random_bytes(300'000, 3)).value();
  const std::string wanted = read_json(*store, first.id).value();
  const auto source = store->open_fhir_json(first.id).value();
  ByteVector buffer(5000);
  std::string text;
  text += as_text(ByteSpan(buffer).first(source->read(buffer).value()));
  ASSERT_THAT(replace(*store, first.id, random_bytes(300'000, 4)), is_ok());
  ASSERT_THAT(store->purge_history(first.id), is_ok());
  ASSERT_THAT(store->collect_garbage(), is_ok());
  ASSERT_THAT(put(*store, random_bytes(300'000, 5)), is_ok());  // takes the pages that were freed
  std::optional<ErrorCode> end;
  while (!end) {
    const auto filled = source->read(buffer);
    if (!filled) {
      end = filled.error().code;
    } else if (*filled == 0) {
      break;
    } else {
      text += as_text(ByteSpan(buffer).first(*filled));
    }
  }
  EXPECT_EQ(text, wanted.substr(0, text.size()));
  if (end) {
    EXPECT_EQ(*end, ErrorCode::kGone);
    EXPECT_THAT(source->read(buffer), is_error(ErrorCode::kGone));
  } else {
    EXPECT_EQ(text.size(), wanted.size());
  }
}

// What was filled before a failure is handed out first.
TEST(JsonSourceTest, AFailureLosesNothingThatWasReadBefore) {
  TemporaryStore store({.inline_limit_bytes = 1000}, {}, small_chunks(256U << 10));
  const auto first = put(*store, random_bytes(300'000, 6)).value();
  const std::string wanted = read_json(*store, first.id).value();
  const auto source = store->open_fhir_json(first.id).value();
  ASSERT_THAT(replace(*store, first.id, as_bytes("x")), is_ok());
  ASSERT_THAT(store->purge_history(first.id), is_ok());
  ASSERT_THAT(store->collect_garbage(), is_ok());
  ByteVector buffer(4000);
  const auto filled = source->read(buffer);
  ASSERT_THAT(filled, is_ok());
  ASSERT_GT(*filled, 0U);
  EXPECT_EQ(as_text(ByteSpan(buffer).first(*filled)), wanted.substr(0, *filled));
}

TEST(JsonSourceTest, SaysWhyThereIsNothingToPull) {
  TemporaryStore store;
  const auto info = put(*store, as_bytes("hello")).value();
  EXPECT_THAT(store->open_fhir_json("unknown"), is_error(ErrorCode::kNotFound));
  EXPECT_THAT(store->open_fhir_json("no/id"), is_error(ErrorCode::kInvalidArgument));
  EXPECT_THAT(store->open_fhir_json(info.id, 2), is_error(ErrorCode::kNotFound));
  ASSERT_THAT(store->remove(info.id), is_ok());
  EXPECT_THAT(store->open_fhir_json(info.id), is_error(ErrorCode::kGone));
  EXPECT_THAT(store->open_fhir_json(info.id, 1), is_ok());
}

TEST(NotificationSourceTest, EqualsWhatIsWritten) {
  TemporaryStore store;
  const auto first = put(*store, random_bytes(1000, 7)).value();
  ASSERT_THAT(replace(*store, first.id, as_bytes("two")), is_ok());
  ASSERT_THAT(store->remove(first.id), is_ok());
  ASSERT_THAT(store->purge_history(first.id), is_ok());
  ASSERT_THAT(put(*store, random_bytes(2000, 8)), is_ok());
  const auto changes = store->changes(0).value().changes;
  ASSERT_EQ(changes.size(), 5U);
  NotificationOptions name_only;
  name_only.name_only = true;
  NotificationOptions small;
  small.inline_limit_bytes = 1500;
  for (const Change& change : changes) {
    for (const NotificationOptions& options : {NotificationOptions{}, name_only, small}) {
      std::string wanted;
      const auto sink = string_sink(wanted);
      ASSERT_THAT(store->write_notification(change, *sink, options), is_ok());
      for (const std::size_t size : {1U, 2U, 3U, 50U, 68U, 10'000U}) {
        const auto source = store->open_notification(change, options).value();
        ASSERT_EQ(pull(*source, size).value(), wanted) << change.sequence << " by " << size;
      }
      EXPECT_TRUE(JsonDocument(wanted).is_json());
    }
  }
}

TEST(NotificationSourceTest, RefusesAnIdThatIsNone) {
  TemporaryStore store;
  Change change;
  change.id = "\"}";
  EXPECT_THAT(store->open_notification(change), is_error(ErrorCode::kInvalidArgument));
}

}  // namespace
}  // namespace fhirbin::testing
