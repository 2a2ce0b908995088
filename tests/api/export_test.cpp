#include <algorithm>
#include <atomic>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/fhir_versions.h"
#include "tests/support/json_document.h"
#include "tests/support/result_matchers.h"
#include "tests/support/temporary_store.h"

namespace fhirbin::testing {
namespace {

TEST(ExportTest, OnlyMoreThanTheLimitIsLeftOut) {
  constexpr std::size_t kLimit = 10'485'760;
  for (const FhirVersion version : kAllVersions) {
    SCOPED_TRACE(fhir_version_name(version));
    TemporaryStore store({.fhir_version = version});
    const std::string member = version <= FhirVersion::kStu3 ? "content" : "data";
    const ByteVector zeros(kLimit + 1);
    const std::string at_limit = put(*store, ByteSpan(zeros).first(kLimit))->id;
    const std::string over_limit = put(*store, zeros)->id;
    const auto text = export_text(*store);
    ASSERT_THAT(text, is_ok());
    const std::size_t line_end = text->find('\n');
    const std::string first = text->substr(0, line_end);
    const std::string second = text->substr(line_end + 1);
    EXPECT_THAT(first.substr(0, 300), ::testing::HasSubstr(at_limit));
    EXPECT_NE(first.find("\"" + member + "\":\"AAAA"), std::string::npos);
    EXPECT_THAT(second, ::testing::HasSubstr(over_limit));
    EXPECT_THAT(
        second,
        ::testing::HasSubstr(
            "\"_" + member +
            R"(":{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/data-absent-reason",)"
            R"("valueCode":"unsupported"}]})"));
    // Written back, it would lose the content.
    const auto refused = replace(*store, over_limit, as_bytes(second), {}, "application/fhir+json");
    EXPECT_THAT(refused, is_error(ErrorCode::kBusinessRule));
    EXPECT_EQ(store->head(over_limit)->version, 1U);
  }
}

// What a view says of a Binary, sent back in whatever way, must not replace its content.
TEST(ExportTest, AViewWrittenBackIsRefusedInEveryShape) {
  for (const FhirVersion version : kAllVersions) {
    SCOPED_TRACE(fhir_version_name(version));
    TemporaryStore store({.fhir_version = version});
    const std::string id = put(*store, as_bytes("precious"))->id;
    ExportOptions options;
    options.inline_limit_bytes = 1;
    std::string line = *export_text(*store, options);
    const std::string member = payload_of(version);
    ASSERT_NE(line.find("\"_" + member + "\""), std::string::npos);
    std::string with_empty_payload = line;
    with_empty_payload.insert(1, "\"" + member + "\":\"\",");
    std::string with_blank_payload = line;
    with_blank_payload.insert(1, "\"" + member + R"(":" \n\t",)");
    const std::string summary = *read_json(*store, id, {}, {.summary = true});
    EXPECT_EQ(summary.find("\"" + member + "\""), std::string::npos);
    for (const std::string& body : {line, with_empty_payload, with_blank_payload, summary}) {
      SCOPED_TRACE(body);
      EXPECT_THAT(replace_json(*store, id, body), is_error(ErrorCode::kBusinessRule));
      EXPECT_THAT(put_json(*store, body), is_error(ErrorCode::kBusinessRule));
    }
    EXPECT_EQ(store->stats()->versions, 1U);
    EXPECT_EQ(*read_text(*store, id), "precious");
    // With its content such a body is whole again, and the mark does not stay.
    line.insert(1, "\"" + member + R"(":"aGVsbG8=",)");
    ASSERT_THAT(replace_json(*store, id, line), is_ok());
    EXPECT_FALSE(JsonDocument(*read_json(*store, id)).has("/_" + member));
  }
}

TEST(ExportTest, ASummaryIsMarkedWhenItLeavesContentOut) {
  for (const FhirVersion version : kAllVersions) {
    SCOPED_TRACE(fhir_version_name(version));
    TemporaryStore store({.fhir_version = version});
    const auto info =
        put_json(*store, hello_binary(version, R"("meta":{"tag":[{"system":"s","code":"c"}]},)"));
    ASSERT_THAT(info, is_ok());
    const JsonDocument summary(*read_json(*store, info->id, {}, {.summary = true}));
    EXPECT_EQ(summary.text("/meta/tag/0/code"), "c");
    EXPECT_EQ(summary.text("/meta/tag/1/code"), "SUBSETTED");
    EXPECT_EQ(summary.text("/meta/tag/1/system"),
              version <= FhirVersion::kStu3
                  ? "http://hl7.org/fhir/v3/ObservationValue"
                  : "http://terminology.hl7.org/CodeSystem/v3-ObservationValue");
    EXPECT_EQ(summary.text("/contentType"), "text/plain");
    // A full read has neither the mark nor lacks the payload.
    const JsonDocument full(*read_json(*store, info->id));
    EXPECT_FALSE(full.has("/meta/tag/1"));
    EXPECT_TRUE(full.has("/" + payload_of(version)));

    const auto empty = put(*store, {});
    EXPECT_FALSE(
        JsonDocument(*read_json(*store, empty->id, {}, {.summary = true})).has("/meta/tag"));
  }
}

TEST(ExportTest, ExportsAreTheOnlyReadsThatLeaveContentOut) {
  TemporaryStore store;
  const ByteVector content(10'485'761);
  const std::string id = put(*store, content)->id;
  EXPECT_TRUE(equal_bytes(*read_all(*store, id), content));
  const std::string json = *read_json(*store, id);
  EXPECT_EQ(json.find("\"_data\""), std::string::npos);
  EXPECT_GT(json.size(), 13'981'016U);
}

TEST(ExportTest, TheRestOfALineIsUnchanged) {
  TemporaryStore store;
  const auto info = put_json(
      *store,
      hello_binary(FhirVersion::kR4,
                   R"("meta":{"profile":["http://p"],"tag":[{"code":"c"}]},"language":"de",)"
                   R"("securityContext":{"reference":"Patient/1","display":"d"},)"
                   R"("_data":{"extension":[{"url":"http://e","valueCode":"x"}]},)"));
  ASSERT_THAT(info, is_ok());
  ExportOptions options;
  options.inline_limit_bytes = 4;
  const JsonDocument line(*export_text(*store, options));
  const JsonDocument full(*read_json(*store, info->id));
  for (const char* const pointer : {"/resourceType", "/id", "/meta", "/language", "/contentType",
                                    "/securityContext", "/_data/extension/0"}) {
    EXPECT_EQ(line.json(pointer), full.json(pointer)) << pointer;
    EXPECT_NE(line.json(pointer), "") << pointer;
  }
  EXPECT_FALSE(line.has("/data"));
  EXPECT_EQ(line.json("/_data/extension/1"),
            R"({"url":"http://hl7.org/fhir/StructureDefinition/data-absent-reason",)"
            R"("valueCode":"unsupported"})");
}

TEST(ExportTest, ManyLargeEnvelopesAreEachWrittenOnce) {
  TemporaryStore store({.update_may_create = true});
  const auto body = [](const std::string& id, int version) {
    return R"({"resourceType":"Binary","id":")" + id + R"(","contentType":"a/b","language":")" +
           std::to_string(version) + std::string(300'000, 'x') + "\"}";
  };
  for (const char* const id : {"a", "b", "c"}) {
    for (int version = 1; version <= 6; ++version) {
      ASSERT_THAT(replace_json(*store, id, body(id, version)), is_ok());
    }
  }
  const auto versions_in = [](const std::string& ndjson) {
    std::vector<std::string> names;
    for (const std::string& line : lines_of(ndjson)) {
      const JsonDocument json(line);
      names.push_back(*json.text("/id") + *json.text("/meta/versionId"));
    }
    return names;
  };
  EXPECT_EQ(versions_in(*export_text(*store)), (std::vector<std::string>{"a6", "b6", "c6"}));
  ExportOptions history;
  history.history = true;
  EXPECT_EQ(versions_in(*export_text(*store, history)),
            (std::vector<std::string>{"a6", "a5", "a4", "a3", "a2", "a1", "b6", "b5", "b4", "b3",
                                      "b2", "b1", "c6", "c5", "c4", "c3", "c2", "c1"}));
}

TEST(ExportTest, TheSerializedMeasureCountsTheWholeResource) {
  TemporaryStore store;
  ASSERT_THAT(put(*store, random_bytes(3000, 1)), is_ok());
  ExportOptions options;
  options.measure = InlinePolicy::Measure::kSerialized;
  options.inline_limit_bytes = export_text(*store)->size() - 1;  // without the line end
  EXPECT_THAT(*export_text(*store, options), ::testing::HasSubstr("\"data\""));
  --options.inline_limit_bytes;
  EXPECT_THAT(*export_text(*store, options), ::testing::HasSubstr("\"_data\""));
}

// Changes the store while an export of it is under way.
class MeddlingSink final : public Sink {
 public:
  MeddlingSink(Store& store, std::vector<std::string> ids) : store_(&store), ids_(std::move(ids)) {}
  Result<void> write(std::span<const std::byte> bytes) override {
    text_ += as_text(bytes);
    if (!done_) {
      done_ = true;
      FHIRBIN_TRY(put(*store_, as_bytes("newer")));
      for (const std::string& id : ids_) {
        FHIRBIN_TRY(replace(*store_, id, random_bytes(300'000, 99)));
        FHIRBIN_TRY(store_->purge_history(id));
      }
      FHIRBIN_TRY(store_->collect_garbage());
    }
    return {};
  }
  const std::string& text() const { return text_; }

 private:
  Store* store_;
  std::vector<std::string> ids_;
  std::string text_;
  bool done_ = false;
};

TEST(ExportTest, TheSnapshotIsFixedAtTheStart) {
  TemporaryStore store;
  std::vector<std::string> ids;
  for (std::uint64_t i = 0; i < 5; ++i) {
    ids.push_back(put(*store, random_bytes(i % 2 == 0 ? 1000 : 400'000, i))->id);
  }
  const std::string before = *export_text(*store);
  MeddlingSink sink(*store, ids);
  const auto report = store->export_ndjson(sink);
  ASSERT_THAT(report, is_ok());
  EXPECT_EQ(report->lines, 5U);
  EXPECT_TRUE(sink.text() == before);
  EXPECT_EQ(store->verify()->damage_count, 0U);
}

TEST(ExportTest, WritersInOtherThreadsDoNotReachTheSnapshot) {
  TemporaryStore store;
  std::vector<std::string> ids;
  for (std::uint64_t i = 0; i < 40; ++i) {
    ids.push_back(put(*store, random_bytes(i % 4 == 0 ? 200'000 : 100, i))->id);
  }
  std::atomic<bool> done = false;
  std::atomic<int> written = 0;
  std::jthread writer([&] {
    for (std::size_t i = 0; !done; ++i) {
      EXPECT_THAT(replace(*store, ids[i % ids.size()], as_bytes("newer")), is_ok());
      EXPECT_THAT(put(*store, as_bytes("new")), is_ok());
      ++written;
    }
  });
  while (written == 0) {
    std::this_thread::yield();
  }
  // Whatever happens meanwhile, an export is what one moment between its changes looked like: each
  // line is of the newest version up to the sequence that the report names.
  std::string text;
  const auto sink = string_sink(text);
  const auto report = store->export_ndjson(*sink);
  done = true;
  writer.join();
  ASSERT_THAT(report, is_ok());
  EXPECT_GT(report->sequence, 40U);
  std::map<std::string, std::uint64_t> current;
  std::uint64_t after = 0;
  while (after < report->sequence) {
    const auto page = store->changes(after, 1000);
    ASSERT_THAT(page, is_ok());
    for (const Change& change : page->changes) {
      if (change.sequence <= report->sequence) {
        current[change.id] = change.version;
      }
    }
    after = page->last_sequence;
  }
  std::map<std::string, std::uint64_t> exported;
  for (const std::string& line : lines_of(text)) {
    const JsonDocument json(line);
    exported[*json.text("/id")] = std::stoull(*json.text("/meta/versionId"));
  }
  EXPECT_EQ(exported, current);
  EXPECT_EQ(report->lines, current.size());
}

TEST(ExportTest, FiltersAndHistoryChooseTheLines) {
  TemporaryStore store;
  const std::string id = put(*store, as_bytes("one"), "image/png")->id;
  ASSERT_THAT(replace(*store, id, as_bytes("two"), {}, "image/png"), is_ok());
  const std::string gone = put(*store, as_bytes("x"), "text/plain")->id;
  ASSERT_THAT(store->remove(gone), is_ok());
  const auto lines = [&](ExportOptions options) {
    const std::string text = *export_text(*store, options);
    return std::ranges::count(text, '\n');
  };
  ExportOptions history;
  history.history = true;
  ExportOptions images;
  images.content_type = "image/*";
  ExportOptions future;
  future.since = Instant(std::chrono::hours(24 * 365 * 200));
  EXPECT_EQ(lines({}), 1);
  EXPECT_EQ(lines(history), 3);
  EXPECT_EQ(lines(images), 1);
  EXPECT_EQ(lines(future), 0);
}

// Takes an export, and calls `meanwhile` when it begins.
class InterruptedSink : public Sink {
 public:
  explicit InterruptedSink(std::function<void()> meanwhile) : meanwhile_(std::move(meanwhile)) {}
  Result<void> write(std::span<const std::byte>) override {
    if (meanwhile_) {
      std::exchange(meanwhile_, nullptr)();
    }
    return {};
  }
  Result<void> finish() override {
    finished = true;
    return {};
  }
  bool finished = false;

 private:
  std::function<void()> meanwhile_;
};

// It has no pin, so that others may collect what it has yet to write.
TEST(ExportTest, AReadOnlyStoreSaysWhenSomethingWasCollectedBeforeItCame) {
  for (const bool history : {false, true}) {
    SCOPED_TRACE(history);
    TemporaryStore store;
    std::vector<std::string> ids;
    for (int i = 0; i < 100; ++i) {  // more than one look takes
      ids.push_back(put(*store, as_bytes("one"))->id);
      ASSERT_THAT(replace(*store, ids.back(), as_bytes("two")), is_ok());
    }
    Store reader = Store::open(store.path(), {.read_only = true}).value();
    const auto export_with = [&](const std::function<void()>& meanwhile) {
      InterruptedSink sink(meanwhile);
      ExportOptions options;
      options.history = history;
      const auto report = reader.export_ndjson(sink, options);
      EXPECT_EQ(sink.finished, report.has_value());
      return report;
    };
    const auto whole = export_with([&] { (void)put(*store, as_bytes("new")); });
    ASSERT_THAT(whole, is_ok());
    EXPECT_EQ(whole->lines, history ? 200U : 100U);
    const auto purge_the_last = [&] {
      if (!history) {
        ASSERT_THAT(replace(*store, ids.back(), as_bytes("three")), is_ok());
      }
      ASSERT_THAT(store->purge_history(ids.back()), is_ok());
    };
    EXPECT_THAT(export_with(purge_the_last), is_error(ErrorCode::kGone));
    EXPECT_THAT(export_with([] {}), is_ok()) << "from now on";
  }
}

}  // namespace
}  // namespace fhirbin::testing
