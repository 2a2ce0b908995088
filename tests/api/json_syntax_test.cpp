#include <gtest/gtest.h>

#include "tests/support/fhir_versions.h"
#include "tests/support/result_matchers.h"
#include "tests/support/temporary_store.h"

namespace fhirbin::testing {
namespace {

// What became of a body, so that two ways of sending it can be compared.
struct Outcome {
  std::string error;
  std::string content_type;
  std::string content;

  friend bool operator==(const Outcome&, const Outcome&) = default;
};

void PrintTo(const Outcome& outcome, std::ostream* out) {
  *out << outcome.error << " / " << outcome.content_type << " / " << outcome.content;
}

// Pushes the body in pieces that end at `cuts` (rising), and removes what it made.
Outcome send(Store& store, std::string_view body, const std::vector<std::size_t>& cuts) {
  auto writer = store.begin_create({.content_type = kFhirJson}).value();
  std::size_t from = 0;
  for (const std::size_t cut : cuts) {
    (void)writer.write(as_bytes(body.substr(from, cut - from)));  // commit() says it again
    from = cut;
  }
  (void)writer.write(as_bytes(body.substr(from)));
  const auto info = writer.commit();
  if (!info) {
    return {std::string(error_name(info.error().code)) + ": " + info.error().message, {}, {}};
  }
  return {{}, info->content_type, *read_text(store, info->id)};
}

struct Body {
  const char* name;
  std::string text;  // for a store of R4
  std::string want;  // the content; or "-" when the body is refused
};

const Body kBodies[] = {
    {"escaped solidus", R"({"resourceType":"Binary","contentType":"a/b","data":"Pz8\/"})", "???"},
    {"escaped plus, solidus and equals sign",
     R"({"resourceType":"Binary","contentType":"a/b","data":"\u002b\u002B\u002f\u002FAA\u003d\u003D"})",
     "\xfb\xef\xff" + std::string(1, '\0')},
    {"escaped letters",
     R"({"resourceType":"Binary","contentType":"a/b","data":"\u0061GVsb\u00478="})", "hello"},
    {"whitespace as escapes",
     R"({"resourceType":"Binary","contentType":"a/b","data":"aG\nVs\r\nbG8\t=\u000a"})", "hello"},
    {"whitespace as it is",
     "{\"resourceType\":\"Binary\",\"contentType\":\"a/b\",\"data\":\""
     "aG\nVs\r\nb G8\t= \"}",
     "hello"},
    {"whitespace around everything",
     "\t\r\n { \t\"resourceType\"\r\n:\n\"Binary\"\t, \"contentType\" :\r\"a/b\" ,\n\n"
     "\"data\" : \"aGVsbG8=\"\t}\r\n \t",
     "hello"},
    {"escaped names",
     R"({"r\u0065sourceType":"Bin\u0061ry","contentType":"a/b","d\u0061ta":"aGVsbG8="})", "hello"},
    {"escaped content type",
     R"({"resourceType":"Binary","contentType":"a\/\u0062","data":"aGVsbG8="})", "hello"},
    {"type last", R"({"data":"aGVsbG8=","contentType":"a/b","resourceType":"Binary"})", "hello"},
    {"unused bits", R"({"resourceType":"Binary","contentType":"a/b","data":"aGVsbG9="})", "hello"},
    {"letters beyond ASCII and a surrogate pair",
     R"({"resourceType":"Binary","language":"\ud83d\ude00ä","contentType":"a/b","data":"aGVsbG8="})",
     "hello"},
    {"cut off", R"({"resourceType":"Binary","contentType":"a/b","data":"aGVsbG8="})", "hello"},
    {"lone surrogate",
     R"({"resourceType":"Binary","language":"\ud83dx","contentType":"a/b","data":"aGVsbG8="})",
     "-"},
    {"unknown escape", R"({"resourceType":"Binary","contentType":"a/b","data":"aGVsbG8=\q"})", "-"},
    {"half an escape", R"({"resourceType":"Binary","contentType":"a/b","data":"aGVsbG8=\u00"})",
     "-"},
    {"form feed between members", "{\"resourceType\":\"Binary\",\f\"contentType\":\"a/b\"}", "-"},
    {"line break in another string", "{\"resourceType\":\"Binary\",\"contentType\":\"a/b\n\"}",
     "-"},
    {"raw vertical tab in the payload",
     "{\"resourceType\":\"Binary\",\"contentType\":\"a/b\",\"data\":\"aGVs\vbG8=\"}", "-"},
    {"comma before the end", R"({"resourceType":"Binary","contentType":"a/b","data":"aGVsbG8=",})",
     "-"},
    {"byte order mark",
     "\xef\xbb\xbf"
     R"({"resourceType":"Binary","contentType":"a/b"})",
     "-"},
};

TEST(JsonSyntaxTest, ABodyMeansTheSameHoweverItIsCut) {
  TemporaryStore store;
  for (const Body& body : kBodies) {
    SCOPED_TRACE(body.name);
    const Outcome whole = send(*store, body.text, {});
    if (body.want == "-") {
      EXPECT_TRUE(whole.error.starts_with("InvalidResource")) << whole.error;
    } else {
      EXPECT_EQ(whole, (Outcome{"", "a/b", body.want}));
    }
    std::vector<std::size_t> everywhere;
    for (std::size_t cut = 1; cut < body.text.size(); ++cut) {
      everywhere.push_back(cut);
    }
    EXPECT_EQ(send(*store, body.text, everywhere), whole) << "one byte at a time";
  }
}

TEST(JsonSyntaxTest, ABodyMayBeCutInTwoAnywhere) {
  TemporaryStore store;
  for (const Body& body : kBodies) {
    SCOPED_TRACE(body.name);
    const Outcome whole = send(*store, body.text, {});
    // Around the payload and its escapes; the lifter's own tests cut all over.
    const std::size_t interesting = body.text.find_first_of("\\\f\v\n");
    const std::size_t first =
        interesting == std::string::npos || interesting < 4 ? 1 : interesting - 3;
    for (std::size_t cut = first; cut < std::min(first + 40, body.text.size()); ++cut) {
      EXPECT_EQ(send(*store, body.text, {cut}), whole) << "cut at " << cut;
    }
  }
}

TEST(JsonSyntaxTest, EveryTruncationOfABinaryIsRefused) {
  TemporaryStore store;
  const std::string body = hello_binary(FhirVersion::kR4, R"("meta":{"tag":[{"code":"c"}]},)");
  for (std::size_t length = 0; length < body.size(); ++length) {
    const auto refused = put_json(*store, body.substr(0, length));
    ASSERT_THAT(refused, is_error(ErrorCode::kInvalidResource)) << length;
    EXPECT_EQ(refused.error().issue, IssueType::kStructure) << length;
  }
  EXPECT_EQ(store->stats()->sequence, 0U);
}

}  // namespace
}  // namespace fhirbin::testing
