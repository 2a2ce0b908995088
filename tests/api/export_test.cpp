#include <gtest/gtest.h>

#include "tests/support/result_matchers.h"
#include "tests/support/temporary_store.h"

namespace fhirbin::testing {
namespace {

TEST(ExportTest, OnlyMoreThanTheLimitIsLeftOut) {
  constexpr std::size_t kLimit = 10'485'760;
  for (const FhirVersion version : {FhirVersion::kDstu2, FhirVersion::kStu3, FhirVersion::kR4,
                                    FhirVersion::kR4B, FhirVersion::kR5}) {
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

}  // namespace
}  // namespace fhirbin::testing
