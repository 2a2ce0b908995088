#include "tests/conformance/conformance.h"
#include "tests/support/sample_bytes.h"

namespace fhirbin::testing {
namespace {

Headers text_if(std::string header, std::string value) {
  return {{"Content-Type", "text/plain"}, {std::move(header), std::move(value)}};
}

TEST_P(ConformanceAnyVersion, U01_AnUpdateReplacesTheWholeAndMakesANewVersion) {
  const std::string id = create_json(hello_json(R"("language":"de",)"));
  EXPECT_EQ(update(id, "other", "text/html"), "2");
  const JsonDocument binary = resource("/Binary/" + id);
  EXPECT_EQ(binary.text("/contentType"), "text/html");
  EXPECT_FALSE(binary.has("/language"));
  EXPECT_EQ(get("/Binary/" + id).body, "other");
  EXPECT_EQ(get("/Binary/" + id + "/_history/1").body, "hello");
}

TEST_P(ConformanceAnyVersion, U02_FhirJsonMustCarryTheIdOfThePath) {
  const std::string id = create("hello");
  EXPECT_EQ(update(id, hello_json(R"("id":")" + id + R"(",)"), kFhirType), "2");
  const Reply other = put(id, hello_json(R"("id":"other",)"), content_type(kFhirType));
  EXPECT_EQ(other.status, 400) << other.body;
  EXPECT_EQ(put(id, hello_json(), content_type(kFhirType)).status, 400);
  EXPECT_EQ(total(), "2");
}

TEST_P(ConformanceAnyVersion, U03_TheResultIsAnEmpty200WithTheVersionInLocation) {
  const std::string id = create("hello");
  const Reply reply = put(id, "other", content_type("text/plain"));
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body, "");
  EXPECT_EQ(reply.header("Location"), client().base_url() + "/Binary/" + id + "/_history/2");
  EXPECT_EQ(reply.header("ETag"), "W/\"2\"");
}

TEST_P(ConformanceAnyVersion, U03_TheResultIs201WhereNothingWas) {
  use({.store = {.update_may_create = true}});
  const Reply reply = put("my-id.1", "hello", content_type("text/plain"));
  EXPECT_EQ(reply.status, 201);
  EXPECT_EQ(reply.body, "");
  EXPECT_EQ(id_of(reply), "my-id.1");
  EXPECT_EQ(version_of(reply), "1");
}

TEST_P(ConformanceAnyVersion, U04_CreatingByUpdateIs405UnlessTheStoreAllowsIt) {
  expect_refused_write(put("my-id", "hello", content_type("text/plain")), 405, "not-supported");
}

TEST_P(ConformanceAnyVersion, U04_AnIdThatCannotBeIsRefused) {
  use({.store = {.update_may_create = true}});
  for (const std::string& id : {std::string("a_b"), std::string("a%20b"), std::string(65, 'a')}) {
    expect_refused_write(put(id, "hello", content_type("text/plain")), 400, "value");
  }
  EXPECT_EQ(put(std::string(64, 'a'), "hello", content_type("text/plain")).status, 201);
}

TEST_P(ConformanceAnyVersion, U05_IfMatchOfTheCurrentVersionLetsTheUpdatePass) {
  const std::string id = create("one");
  EXPECT_EQ(put(id, "two", text_if("If-Match", "W/\"1\"")).status, 200);
  EXPECT_EQ(put(id, "three", text_if("If-Match", "\"2\"")).status, 200);
  EXPECT_EQ(put(id, "four", text_if("If-Match", "*")).status, 200);
}

TEST_P(ConformanceBeforeR4, U05_IfMatchOfAnotherVersionIs409) {
  const std::string id = create("one");
  expect_refused_write(put(id, "two", text_if("If-Match", "W/\"2\"")), 409, "conflict");
}

TEST_P(ConformanceFromR4, U05_IfMatchOfAnotherVersionIs412) {
  const std::string id = create("one");
  expect_refused_write(put(id, "two", text_if("If-Match", "W/\"2\"")), 412, "conflict");
}

TEST_P(ConformanceBeforeR4, U06_AServiceThatInsistsOnIfMatchSays412) {
  use({.require_if_match = true});
  const std::string id = create("one");
  expect_refused_write(put(id, "two", content_type("text/plain")), 412, "required");
  EXPECT_EQ(put(id, "two", text_if("If-Match", "W/\"1\"")).status, 200);
}

TEST_P(ConformanceFromR4, U06_AServiceThatInsistsOnIfMatchSays400) {
  use({.require_if_match = true});
  const std::string id = create("one");
  expect_refused_write(put(id, "two", content_type("text/plain")), 400, "required");
  EXPECT_EQ(put(id, "two", text_if("If-Match", "W/\"1\"")).status, 200);
}

TEST_P(ConformanceAnyVersion, U06_ACreateNeedsNoIfMatchWhereUpdatesDo) {
  use({.require_if_match = true});
  EXPECT_EQ(post("one", content_type("text/plain")).status, 201);
}

TEST_P(ConformanceAnyVersion, U07_IfNoneMatchOfAnythingCreatesOnlyWhatIsNotThere) {
  use({.store = {.update_may_create = true}});
  EXPECT_EQ(put("a", "one", text_if("If-None-Match", "*")).status, 201);
  EXPECT_EQ(put("a", "two", text_if("If-None-Match", "*")).status, 412);
  remove("a");
  EXPECT_EQ(put("a", "three", text_if("If-None-Match", "*")).status, 201);
}

TEST_P(ConformanceAnyVersion, U08_AMalformedIfMatchIs400) {
  const std::string id = create("one");
  for (const char* tag : {"1", "W/1", "W/\"1", "\"1", "w/\"1\"", "\"1\" \"2\"", ""}) {
    SCOPED_TRACE(tag);
    expect_refused_write(put(id, "two", text_if("If-Match", tag)), 400, "value");
  }
}

TEST_P(ConformanceAnyVersion, U09_UpdatingADeletedIdBringsItBack) {
  const std::string id = create("one");
  remove(id);
  const Reply reply = put(id, "three", content_type("text/plain"));
  EXPECT_EQ(reply.status, 201);
  EXPECT_EQ(version_of(reply), "3");
  EXPECT_EQ(get("/Binary/" + id).body, "three");
}

TEST_P(ConformanceFromStu3, U10_ARawUpdateWithoutXSecurityContextClearsIt) {
  const std::string id =
      id_of(post("one", {{"Content-Type", "text/plain"}, {"X-Security-Context", "Patient/1"}}));
  EXPECT_EQ(update(id, "two"), "2");
  EXPECT_FALSE(get("/Binary/" + id).header("X-Security-Context"));
  EXPECT_EQ(get("/Binary/" + id + "/_history/1").header("X-Security-Context"), "Patient/1");
}

TEST_P(Conformance, U11_AViewWithoutItsPayloadCannotBeWrittenBack) {
  const std::string id = create("one");
  const std::string start = R"({"resourceType":"Binary","id":")" + id + R"(",)";
  const std::string absent =
      start + R"("contentType":"text/plain","_)" + payload() +
      R"(":{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/data-absent-reason",)"
      R"("valueCode":"unsupported"}]}})";
  expect_refused_write(put(id, absent, content_type(kFhirType)), 422, "business-rule");
  expect_refused_write(post(absent, content_type(kFhirType)), 422, "business-rule");
}

TEST_P(ConformanceAnyVersion, U11_ASummaryCannotBeWrittenBack) {
  const std::string id = create("one");
  const Reply summary = get("/Binary/" + id + "?_summary=true", accept(kFhirType));
  expect_refused_write(put(id, summary.body, content_type(kFhirType)), 422, "business-rule");
  EXPECT_EQ(get("/Binary/" + id).body, "one");
}

TEST_P(ConformanceAnyVersion, U12_TheSameBytesMakeANewVersion) {
  const std::string id = create("one");
  EXPECT_EQ(update(id, "one"), "2");
  EXPECT_EQ(get("/Binary/" + id + "/_history/1").body, "one");
  EXPECT_EQ(get("/Binary/" + id + "/_history/2").body, "one");
}

TEST_P(ConformanceAnyVersion, U13_ConditionalUpdateAndDeleteAreNotSupported) {
  const std::string id = create("one");
  const Reply updated = send("PUT", "/Binary?identifier=1", content_type("text/plain"), "two");
  expect_refused_write(updated, 405, "not-supported");
  expect_refused_write(send("DELETE", "/Binary?identifier=1"), 405, "not-supported");
  const Headers headers = {{"Content-Type", "text/plain"}, {"If-None-Exist", "identifier=1"}};
  expect_refused_write(put(id, "two", headers), 412, "not-supported");
}

TEST_P(ConformanceAnyVersion, U14_PatchIsNotSupported) {
  const std::string id = create("one");
  const Reply reply = send("PATCH", "/Binary/" + id, content_type("application/json-patch+json"),
                           R"([{"op":"remove","path":"/data"}])");
  expect_refused_write(reply, 405, "not-supported");
}

TEST_P(ConformanceAnyVersion, U15_TagsAndLabelsAreCarriedForward) {
  const std::string id = create_json(
      hello_json(R"("meta":{"profile":["http://p/1"],"security":[{"system":"s","code":"R"}],)"
                 R"("tag":[{"system":"t","code":"a"}]},)"));
  EXPECT_EQ(update(id, "raw"), "2");
  const JsonDocument raw = resource("/Binary/" + id);
  EXPECT_EQ(raw.text("/meta/tag/0/code"), "a");
  EXPECT_EQ(raw.text("/meta/security/0/code"), "R");
  const std::string body = hello_json(R"("id":")" + id +
                                      R"(","meta":{"profile":["http://p/2"],)"
                                      R"("tag":[{"system":"t","code":"b"}]},)");
  EXPECT_EQ(update(id, body, kFhirType), "3");
  const JsonDocument binary = resource("/Binary/" + id);
  EXPECT_EQ(binary.json("/meta/profile"), R"(["http://p/2"])");
  EXPECT_EQ(binary.text("/meta/security/0/code"), "R");
  EXPECT_EQ(binary.text("/meta/tag/0/code"), "a");
  EXPECT_EQ(binary.text("/meta/tag/1/code"), "b");
  EXPECT_FALSE(binary.has("/meta/tag/2"));
}

TEST_P(Conformance, U16_IfNoneMatchOfAnythingIs412InEveryVersionWhereTheIdExists) {
  const std::string id = create("one");
  expect_refused_write(put(id, "two", text_if("If-None-Match", "*")), 412, "conflict");
}

}  // namespace
}  // namespace fhirbin::testing
