#include "tests/conformance/resource_check.h"

#include <gtest/gtest.h>

#include "tests/conformance/reply_check.h"

// The checkers that the conformance suite trusts must themselves see what is wrong.
namespace fhirbin::testing {
namespace {

std::string with(std::string text, std::string_view part, std::string_view replacement) {
  const std::size_t at = text.find(part);
  EXPECT_NE(at, std::string::npos) << part;
  return text.replace(at, part.size(), replacement);
}

std::string outcome(std::string_view code) {
  return R"({"resourceType":"OperationOutcome","issue":[{"severity":"error","code":")" +
         std::string(code) + R"(","diagnostics":"x"}]})";
}

const std::string kBinary =
    R"({"resourceType":"Binary","id":"a","meta":{"versionId":"2",)"
    R"("lastUpdated":"2026-11-25T08:00:00.000Z"},"contentType":"a/b","data":"QQ=="})";

const std::string kBundle =
    R"({"resourceType":"Bundle","type":"history","total":2,"link":[{"relation":"self",)"
    R"("url":"http://h/_history"}],"entry":[{"fullUrl":"http://h/Binary/a","resource":)" +
    kBinary +
    R"(,"request":{"method":"PUT","url":"Binary/a"},"response":{"status":"200 OK",)"
    R"("etag":"W/\"2\"","lastModified":"2026-11-25T08:00:00Z"}}]})";

const std::string kStatement =
    R"({"resourceType":"CapabilityStatement","status":"active","date":"2026-11-25",)"
    R"("kind":"instance","software":{"name":"x"},"implementation":{"description":"x"},)"
    R"("fhirVersion":"4.0.1","format":["json"],"rest":[{"mode":"server","resource":[)"
    R"({"type":"Binary","interaction":[{"code":"read"}],"versioning":"versioned",)"
    R"("conditionalDelete":"not-supported"}]}]})";

TEST(ResourceCheckTest, IssueCodesAreThoseOfTheFhirVersion) {
  for (const FhirVersion version : {FhirVersion::kDstu2, FhirVersion::kStu3, FhirVersion::kR4,
                                    FhirVersion::kR4B, FhirVersion::kR5}) {
    EXPECT_TRUE(problems_of_outcome(outcome("not-found"), version).empty());
    EXPECT_EQ(problems_of_outcome(outcome("deleted"), version).empty(),
              version >= FhirVersion::kR4);
    EXPECT_EQ(problems_of_outcome(outcome("success"), version).empty(),
              version >= FhirVersion::kR5);
    EXPECT_FALSE(problems_of_outcome(outcome("gone"), version).empty());
  }
}

TEST(ResourceCheckTest, WhatIsRightPasses) {
  for (const std::string& json : {kBinary, kBundle, kStatement, outcome("value")}) {
    const auto problems = problems_of_resource(json, FhirVersion::kR4);
    EXPECT_TRUE(problems.empty()) << problems.front() << ": " << json;
  }
}

TEST(ResourceCheckTest, WhatIsWrongIsSeen) {
  const struct {
    const char* name;
    std::string json;
  } cases[] = {
      {"no JSON", "{"},
      {"no object", "[]"},
      {"another resource", R"({"resourceType":"Patient"})"},
      {"an outcome without issues", R"({"resourceType":"OperationOutcome","issue":[]})"},
      {"no severity", with(outcome("value"), R"("severity":"error",)", "")},
      {"an unknown member", with(outcome("value"), "diagnostics", "message")},
      {"empty diagnostics", with(outcome("value"), R"("x")", R"("")")},
      {"null", with(outcome("value"), R"("x")", "null")},
      {"Binary with an extension", with(kBinary, R"("id":"a")", R"("id":"a","extension":[{}])")},
      {"Binary without contentType", with(kBinary, R"("contentType":"a/b",)", "")},
      {"Binary without meta", with(kBinary,
                                   R"("meta":{"versionId":"2",)"
                                   R"("lastUpdated":"2026-11-25T08:00:00.000Z"},)",
                                   "")},
      {"Binary with the member of DSTU2", with(kBinary, "data", "content")},
      {"no base64", with(kBinary, "QQ==", "QQ=")},
      {"payload and reason", with(kBinary, R"("data")", R"("_data":{"id":"x"},"data")")},
      {"an instant without a zone", with(kBinary, "00.000Z", "00.000")},
      {"Bundle of another type", with(kBundle, "history", "searchset")},
      {"no total", with(kBundle, R"("total":2,)", "")},
      {"more entries than the total", with(kBundle, R"("total":2)", R"("total":0)")},
      {"no link to itself", with(kBundle, "self", "next")},
      {"no entries in an array", R"({"resourceType":"Bundle","type":"history","total":0,)"
                                 R"("link":[{"relation":"self","url":"u"}],"entry":[]})"},
      {"fullUrl of a version", with(kBundle, "http://h/Binary/a", "http://h/Binary/a/_history/2")},
      {"fullUrl of another id", with(kBundle, "http://h/Binary/a", "http://h/Binary/b")},
      {"no request", with(kBundle, R"("request":{"method":"PUT","url":"Binary/a"},)", "")},
      {"a deletion with a resource", with(kBundle, "PUT", "DELETE")},
      {"a response that is no success", with(kBundle, "200 OK", "410 Gone")},
      {"acceptUnknown in R4", with(kStatement, R"("kind")", R"("acceptUnknown":"no","kind")")},
      {"no date", with(kStatement, R"("date":"2026-11-25",)", "")},
      {"the version of another release", with(kStatement, "4.0.1", "4.3.0")},
      {"no implementation", with(kStatement, R"("implementation":{"description":"x"},)", "")},
      {"an unknown interaction", with(kStatement, R"("code":"read")", R"("code":"get")")},
  };
  for (const auto& c : cases) {
    EXPECT_FALSE(problems_of_resource(c.json, FhirVersion::kR4).empty()) << c.name;
  }
}

TEST(ResourceCheckTest, FhirVersionsDifferAsTheyShould) {
  EXPECT_FALSE(problems_of_resource(kBundle, FhirVersion::kStu3).empty()) << "response before R4";
  EXPECT_FALSE(problems_of_resource(kStatement, FhirVersion::kDstu2).empty());
  EXPECT_FALSE(problems_of_resource(with(kStatement, "4.0.1", "3.0.2"), FhirVersion::kStu3).empty())
      << "acceptUnknown is missing";
  const std::string labelled =
      with(kBinary, R"("data")", R"("securityContext":{"reference":"a/b"},"data")");
  EXPECT_TRUE(problems_of_resource(labelled, FhirVersion::kR5).empty());
  EXPECT_FALSE(
      problems_of_resource(with(labelled, "data", "content"), FhirVersion::kDstu2).empty());
}

TEST(ReplyCheckTest, RepliesThatBreakHttpOrFhirAreSeen) {
  const Headers fhir = {{"Content-Type", "application/fhir+json; charset=utf-8"}};
  const auto is_fine = [](int status, const Headers& headers, const std::string& body) {
    const Reply reply{.status = status, .headers = headers, .body = body, .complete = true};
    return problems_of_reply(reply, "GET", FhirVersion::kR4).empty();
  };
  EXPECT_TRUE(is_fine(404, fhir, outcome("not-found")));
  EXPECT_FALSE(is_fine(404, {{"Content-Type", "text/html"}}, outcome("not-found")));
  EXPECT_FALSE(is_fine(404, fhir, ""));
  EXPECT_FALSE(is_fine(404, fhir, with(outcome("not-found"), "error", "warning")));
  EXPECT_FALSE(is_fine(405, fhir, outcome("not-supported"))) << "no Allow";
  EXPECT_FALSE(is_fine(416, fhir, outcome("value"))) << "no Content-Range";
  EXPECT_FALSE(is_fine(201, {}, "")) << "no Location";
  EXPECT_FALSE(is_fine(204, {}, "x"));
  EXPECT_FALSE(is_fine(200, {{"ETag", "\"1\""}}, "x"));
  EXPECT_FALSE(is_fine(200, {{"Last-Modified", "2026-11-25T08:00:00Z"}}, "x"));
  EXPECT_FALSE(is_fine(200, {{"Content-Length", "2"}}, "x"));
  EXPECT_FALSE(is_fine(200, {{"X-Security-Context", "a"}, {"x-security-context", "b"}}, "x"));
}

}  // namespace
}  // namespace fhirbin::testing
