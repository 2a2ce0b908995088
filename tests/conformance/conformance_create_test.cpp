#include "tests/conformance/conformance.h"
#include "tests/support/sample_bytes.h"

namespace fhirbin::testing {
namespace {

std::string noise(std::size_t size) { return std::string(as_text(random_bytes(size, 7))); }

TEST_P(Conformance, C01_RawAndFhirJsonGiveTheSameBinary) {
  for (const std::string& id : {create("hello"), create_json(hello_json())}) {
    const JsonDocument binary = resource("/Binary/" + id);
    EXPECT_EQ(binary.text("/resourceType"), "Binary");
    EXPECT_EQ(binary.text("/id"), id);
    EXPECT_EQ(binary.text("/meta/versionId"), "1");
    EXPECT_EQ(binary.text("/contentType"), "text/plain");
    EXPECT_EQ(binary.text("/" + payload()), "aGVsbG8=");
    EXPECT_EQ(get("/Binary/" + id).body, "hello");
  }
}

TEST_P(Conformance, C01_BothSpellingsOfTheFhirJsonTypeAreTaken) {
  for (const char* type :
       {"application/fhir+json", "application/json+fhir", "Application/FHIR+JSON; charset=UTF-8"}) {
    const std::string id = create(hello_json(), type);
    EXPECT_EQ(get("/Binary/" + id).header("Content-Type"), "text/plain") << type;
  }
}

TEST_P(ConformanceAnyVersion, C02_AnotherResourceIsStoredAsRaw) {
  const std::string patient = R"({"resourceType":"Patient","active":true})";
  const std::string id = create_json(patient);
  const Reply reply = get("/Binary/" + id);
  EXPECT_EQ(reply.body, patient);
  EXPECT_EQ(reply.header("Content-Type"), kFhirType);
}

TEST_P(ConformanceFromStu3, C03_RawTakesItsElementsFromTheHeaders) {
  const Reply created =
      post("hello", {{"Content-Type", "text/plain"}, {"X-Security-Context", "Patient/17"}});
  const JsonDocument binary = resource("/Binary/" + id_of(created));
  EXPECT_EQ(binary.text("/contentType"), "text/plain");
  EXPECT_EQ(binary.text("/" + payload()), "aGVsbG8=");
  EXPECT_EQ(binary.text("/securityContext/reference"), "Patient/17");
}

TEST_P(ConformanceDstu2, C03_RawIgnoresXSecurityContext) {
  const Reply created =
      post("hello", {{"Content-Type", "text/plain"}, {"X-Security-Context", "Patient/17"}});
  EXPECT_FALSE(resource("/Binary/" + id_of(created)).has("/securityContext"));
  EXPECT_FALSE(get("/Binary/" + id_of(created)).header("X-Security-Context"));
}

TEST_P(ConformanceAnyVersion, C03_EmptyContentIsTakenAndGivenBack) {
  const std::string id = create("");
  EXPECT_EQ(get("/Binary/" + id).body, "");
  EXPECT_FALSE(resource("/Binary/" + id).has("/" + payload()));
}

TEST_P(ConformanceFromStu3, C04_SecurityContextIsKeptAndNotEnforced) {
  const Reply created =
      post("hello", {{"Content-Type", "text/plain"}, {"X-Security-Context", "Patient/17"}});
  const std::string id = id_of(created);
  const Reply read = get("/Binary/" + id, {{"X-Security-Context", "Patient/18"}});
  EXPECT_EQ(read.status, 200);
  EXPECT_EQ(read.header("X-Security-Context"), "Patient/17");
  EXPECT_EQ(get("/Binary/" + id).status, 200);
  EXPECT_EQ(update(id, "anyone writes"), "2");
}

TEST_P(ConformanceAnyVersion, C05_SuppliedIdAndMetaAreReplaced) {
  const std::string id = create_json(
      hello_json(R"("id":"mine","meta":{"versionId":"9","lastUpdated":"2001-01-01T00:00:00Z"},)"));
  EXPECT_NE(id, "mine");
  const JsonDocument binary = resource("/Binary/" + id);
  EXPECT_EQ(binary.text("/id"), id);
  EXPECT_EQ(binary.text("/meta/versionId"), "1");
  EXPECT_NE(binary.text("/meta/lastUpdated"), "2001-01-01T00:00:00Z");
  EXPECT_EQ(get("/Binary/mine").status, 404);
}

TEST_P(ConformanceAnyVersion, C06_SuccessIsAnEmpty201WithTheVersionInLocation) {
  const Reply reply = post("hello", content_type("text/plain"));
  EXPECT_EQ(reply.status, 201);
  EXPECT_EQ(reply.body, "");
  EXPECT_EQ(reply.header("Content-Length"), "0");
  EXPECT_EQ(version_of(reply), "1");
  EXPECT_NE(id_of(reply), "none");
}

TEST_P(ConformanceAnyVersion, C06_PreferForTheRepresentationIsRefused) {
  for (const char* prefer : {"return=representation", "representation=resource",
                             "respond-async, return=\"representation\""}) {
    const Headers headers = {{"Content-Type", "text/plain"}, {"Prefer", prefer}};
    expect_refused_write(post("hello", headers), 400, "value");
  }
}

TEST_P(ConformanceAnyVersion, C06_PreferForLessIsHonoured) {
  const Reply minimal =
      post("hello", {{"Content-Type", "text/plain"}, {"Prefer", "return=minimal"}});
  EXPECT_EQ(minimal.status, 201);
  EXPECT_EQ(minimal.body, "");
  const Reply outcome =
      post("hello", {{"Content-Type", "text/plain"}, {"Prefer", "return=OperationOutcome"}});
  EXPECT_EQ(outcome.status, 201);
  EXPECT_EQ(JsonDocument(outcome.body).text("/resourceType"), "OperationOutcome");
  EXPECT_EQ(JsonDocument(outcome.body).text("/issue/0/severity"), "information");
}

TEST_P(ConformanceAnyVersion, C07_BothEntrancesAnswerWithAnEmptyBody) {
  EXPECT_EQ(post("hello", content_type("text/plain")).body, "");
  EXPECT_EQ(post(hello_json(), content_type(kFhirType)).body, "");
}

TEST_P(ConformanceAnyVersion, C07_AServiceThatReturnsTheResourceDoesSoForBothEntrances) {
  use({.return_representation = true});
  for (const Reply& reply :
       {post("hello", content_type("text/plain")), post(hello_json(), content_type(kFhirType))}) {
    EXPECT_EQ(reply.status, 201);
    const JsonDocument binary(reply.body);
    EXPECT_EQ(binary.text("/id"), id_of(reply));
    EXPECT_EQ(binary.text("/" + payload()), "aGVsbG8=");
  }
}

TEST_P(ConformanceAnyVersion, C08_LocationLeadsToTheVersion) {
  const Reply reply = post("hello", content_type("text/plain"));
  const std::string id = id_of(reply);
  EXPECT_EQ(reply.header("Location"), client().base_url() + "/Binary/" + id + "/_history/1");
  EXPECT_EQ(get("/Binary/" + id + "/_history/1").body, "hello");
}

TEST_P(ConformanceAnyVersion, C09_EtagAndLastModifiedAreThoseOfTheVersion) {
  const Reply reply = post("hello", content_type("text/plain"));
  EXPECT_EQ(reply.header("ETag"), "W/\"1\"");
  const Reply read = get("/Binary/" + id_of(reply));
  EXPECT_EQ(read.header("ETag"), reply.header("ETag"));
  EXPECT_EQ(read.header("Last-Modified"), reply.header("Last-Modified"));
}

TEST_P(ConformanceAnyVersion, C10_MoreThanAGigabyteIsRefusedAsSoonAsDeclared) {
  for (const char* type : {"text/plain", kFhirType}) {
    const Reply reply = post("hello", {{"Content-Type", type}, {"Content-Length", "1073741825"}});
    expect_refused_write(reply, 413, "too-long");
  }
}

TEST_P(ConformanceInProcess, C10_TheLimitIsASettingAndInclusive) {
  use_in_process({.open = {.max_ingest_bytes = 100}});
  EXPECT_EQ(post(std::string(100, 'x'), content_type("text/plain")).status, 201);
  expect_refused_write(post(std::string(101, 'x'), content_type("text/plain")), 413, "too-long");
  const Headers chunked = {{"Content-Type", "text/plain"}, {"Transfer-Encoding", "chunked"}};
  expect_refused_write(post(std::string(101, 'x'), chunked), 413, "too-long");
  const std::string wrapped = hello_json(R"("language":")" + std::string(40, 'x') + R"(",)");
  expect_refused_write(post(wrapped, content_type(kFhirType)), 413, "too-long");
}

TEST_P(ConformanceAnyVersion, C11_WrappingAMegabyteGivesTheSameBytesAsRaw) {
  const std::string raw = noise(1 << 20);
  const std::string id = create(raw, "image/png");
  const Reply wrapped = get("/Binary/" + id, accept(kFhirType));
  const std::string copy = create_json(wrapped.body);
  EXPECT_TRUE(get("/Binary/" + copy).body == raw);
  EXPECT_TRUE(get("/Binary/" + id).body == raw);
}

TEST_P(ConformanceAnyVersion, C12_WhetherItIsABinaryMayComeLast) {
  const std::string start =
      R"({"contentType":"text/plain",")" + payload() + R"(":"aGVsbG8=","resourceType":)";
  EXPECT_EQ(get("/Binary/" + create_json(start + R"("Binary"})")).body, "hello");
  const std::string other = start + R"("Patient"})";
  EXPECT_EQ(get("/Binary/" + create_json(other)).body, other);
}

TEST_P(Conformance, C13_AnInvalidBinaryIs400AndStoresNothing) {
  const std::string wrong_payload = payload() == "data" ? "content" : "data";
  const struct {
    const char* name;
    std::string body;
  } cases[] = {
      {"no contentType", R"({"resourceType":"Binary",")" + payload() + R"(":"aGVsbG8="})"},
      {"bad base64",
       R"({"resourceType":"Binary","contentType":"a/b",")" + payload() + R"(":"aGVsbG8"})"},
      {"url-safe base64",
       R"({"resourceType":"Binary","contentType":"a/b",")" + payload() + R"(":"_-__"})"},
      {"the member of other versions",
       R"({"resourceType":"Binary","contentType":"a/b",")" + wrong_payload + R"(":"aGVsbG8="})"},
      {"an unknown member", hello_json(R"("text":{"status":"empty"},)")},
      {"an extension at the root", hello_json(R"("extension":[{"url":"u","valueCode":"c"}],)")},
      {"a payload that is no string",
       R"({"resourceType":"Binary","contentType":"a/b",")" + payload() + R"(":5})"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const Reply reply = post(c.body, content_type(kFhirType));
    EXPECT_EQ(reply.status, 400) << reply.body;
    const auto code = JsonDocument(reply.body).text("/issue/0/code").value_or("");
    EXPECT_TRUE(code == "structure" || code == "invalid" || code == "value" || code == "required")
        << code;
  }
  EXPECT_EQ(total(), "0");
}

TEST_P(ConformanceDstu2, C13_SecurityContextIsUnknownInDstu2) {
  const std::string body = hello_json(R"("securityContext":{"reference":"Patient/1"},)");
  EXPECT_EQ(post(body, content_type(kFhirType)).status, 400);
  EXPECT_EQ(total(), "0");
}

TEST_P(ConformanceAnyVersion, C14_FhirJsonThatIsNoJsonIsRefused) {
  for (const std::string body : {"hello", R"({"resourceType":"Binary",)", "{} {}", ""}) {
    expect_refused_write(post(body, content_type(kFhirType)), 400, "structure");
  }
}

TEST_P(ConformanceAnyVersion, C15_ContentTypeOfAWrappedBinaryComesFromTheBody) {
  const std::string id = create(hello_json(), "application/fhir+json; charset=utf-8");
  EXPECT_EQ(get("/Binary/" + id).header("Content-Type"), "text/plain");
  EXPECT_EQ(resource("/Binary/" + id).text("/contentType"), "text/plain");
}

TEST_P(ConformanceFromStu3, C16_SecurityContextOfTheBodyWinsOverTheHeader) {
  const std::string body = hello_json(R"("securityContext":{"reference":"Patient/body"},)");
  const Reply reply =
      post(body, {{"Content-Type", kFhirType}, {"X-Security-Context", "Patient/header"}});
  EXPECT_EQ(get("/Binary/" + id_of(reply)).header("X-Security-Context"), "Patient/body");
}

TEST_P(ConformanceAnyVersion, C17_RawWithoutContentTypeIsRefused) {
  expect_refused_write(post("hello", {}), 400, "required");
}

TEST_P(ConformanceAnyVersion, C18_ContentTypeIsKeptAsGivenButTrimmed) {
  const std::string type = "Text/PLAIN;  Charset=\"UTF-8\";format=Flowed";
  const Reply reply = post("hello", content_type("  " + type + " "));
  const std::string id = id_of(reply);
  EXPECT_EQ(get("/Binary/" + id).header("Content-Type"), type);
  EXPECT_EQ(resource("/Binary/" + id).text("/contentType"), type);
}

TEST_P(ConformanceAnyVersion, C18_PlainJsonIsRawUnlessTheServiceTakesItAsFhir) {
  const std::string id = create(hello_json(), "application/json");
  EXPECT_EQ(get("/Binary/" + id).body, hello_json());
  EXPECT_EQ(get("/Binary/" + id).header("Content-Type"), "application/json");
}

TEST_P(ConformanceAnyVersion, C18_AServiceThatTakesPlainJsonTakesBinariesOnly) {
  use({.accept_plain_json = true});
  EXPECT_EQ(get("/Binary/" + create(hello_json(), "application/json")).body, "hello");
  EXPECT_EQ(get("/Binary/" + create("[1,2]", "application/json")).body, "[1,2]");
}

TEST_P(ConformanceAnyVersion, C19_ConditionalCreateIsNotSupported) {
  const Headers headers = {{"Content-Type", "text/plain"}, {"If-None-Exist", "identifier=1"}};
  expect_refused_write(post("hello", headers), 412, "not-supported");
}

}  // namespace
}  // namespace fhirbin::testing
