#include "tests/conformance/conformance.h"

namespace fhirbin::testing {
namespace {

TEST_P(Conformance, R01_AFhirTypeGivesTheBinaryEvenWhereThePayloadIsFhir) {
  const std::string patient = R"({"resourceType":"Patient","active":true})";
  const std::string raw = create("hello");
  const std::string fhir = create_json(patient);
  for (const char* type :
       {"application/fhir+json", "application/json+fhir", "application/fhir+json; charset=utf-8",
        "text/html, application/fhir+json", "*/*, application/fhir+json",
        "text/plain, application/fhir+json"}) {
    EXPECT_EQ(JsonDocument(get("/Binary/" + raw, accept(type)).body).text("/id"), raw) << type;
    const JsonDocument binary(get("/Binary/" + fhir, accept(type)).body);
    EXPECT_EQ(binary.text("/resourceType"), "Binary");
    EXPECT_EQ(binary.text("/contentType"), kFhirType);
  }
}

TEST_P(Conformance, R01_FhirVersionOfAnotherStoreIsNotAcceptable) {
  const std::string id = create("hello");
  const char* other = version() == FhirVersion::kR4 ? "3.0" : "4.0";
  expect_error(get("/Binary/" + id, accept(std::string(kFhirType) + "; fhirVersion=" + other)), 406,
               "not-supported");
}

TEST_P(ConformanceAnyVersion, R02_AnAcceptThatFitsGivesTheStoredBytes) {
  const std::string id = create("hello", "text/plain;charset=utf-8");
  for (const char* types :
       {"text/plain", "TEXT/Plain", "text/*", "*/*", "image/png, text/plain;q=0.1",
        "text/plain;charset=utf-8", "application/fhir+json;q=0.4, text/*;q=0.5"}) {
    SCOPED_TRACE(types);
    const Reply reply = get("/Binary/" + id, accept(types));
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.body, "hello");
    EXPECT_EQ(reply.header("Content-Type"), "text/plain;charset=utf-8");
  }
}

TEST_P(ConformanceAnyVersion, R02_AnAcceptThatFitsNothingIs406) {
  const std::string id = create("hello");
  for (const char* types :
       {"image/png", "image/*", "text/html", "text/plain;q=0", "*/*;q=0", "application/fhir+xml"}) {
    SCOPED_TRACE(types);
    expect_error(get("/Binary/" + id, accept(types)), 406, "not-supported");
  }
}

TEST_P(ConformanceAnyVersion, R03_NoAcceptGivesTheStoredBytes) {
  const Reply reply = get("/Binary/" + create_json(hello_json()));
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body, "hello");
  EXPECT_EQ(reply.header("Content-Type"), "text/plain");
}

TEST_P(ConformanceAnyVersion, R04_PlainJsonIsNativeWhereTheContentIsJson) {
  for (const char* type : {"application/json", "application/geo+json", "application/fhir+json"}) {
    const std::string id = create(R"({"a":1})", type);
    const Reply reply = get("/Binary/" + id, accept("application/json"));
    EXPECT_EQ(reply.body, R"({"a":1})") << type;
    EXPECT_EQ(reply.header("Content-Type"), type);
  }
}

TEST_P(ConformanceAnyVersion, R04_PlainJsonIsFhirWhereTheContentIsNoJson) {
  const std::string id = create("hello");
  const Reply reply = get("/Binary/" + id, accept("application/json"));
  EXPECT_EQ(JsonDocument(reply.body).text("/" + payload()), "aGVsbG8=");
}

TEST_P(ConformanceAnyVersion, R04_XmlIsNativeOrNotAcceptable) {
  const std::string xml = create("<a/>", "application/xml");
  EXPECT_EQ(get("/Binary/" + xml, accept("application/xml")).body, "<a/>");
  expect_error(get("/Binary/" + create("hello"), accept("application/xml")), 406, "not-supported");
}

TEST_P(ConformanceAnyVersion, R05_FormatBeatsAcceptAndMeansFhir) {
  const std::string id = create(R"({"a":1})", "application/json");
  for (const char* format : {"json", "application/json", "application/fhir+json",
                             "application/fhir%2Bjson", "application%2Fjson%2Bfhir"}) {
    SCOPED_TRACE(format);
    const Reply reply =
        get("/Binary/" + id + "?_format=" + format, accept("application/json, */*"));
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(JsonDocument(reply.body).text("/id"), id);
  }
}

TEST_P(ConformanceAnyVersion, R05_AFormatThatIsNotSpokenIs406) {
  const std::string id = create("<a/>", "application/xml");
  for (const char* format : {"xml", "application/fhir%2Bxml", "ttl", ""}) {
    expect_error(get("/Binary/" + id + "?_format=" + format, accept("*/*")), 406, "not-supported");
  }
}

TEST_P(ConformanceAnyVersion, R06_InABundleABinaryIsInFhirForm) {
  const std::string id = create("hello");
  const JsonDocument bundle = resource("/Binary/" + id + "/_history");
  EXPECT_EQ(bundle.text("/entry/0/resource/resourceType"), "Binary");
  EXPECT_EQ(bundle.text("/entry/0/resource/" + payload()), "aGVsbG8=");
}

TEST_P(ConformanceFromStu3, R07_TheNativeFormTellsItsMetadataInHeaders) {
  const Reply created =
      post("hello", {{"Content-Type", "image/x-test"}, {"X-Security-Context", "Patient/17"}});
  const std::string id = id_of(created);
  const Reply reply = get("/Binary/" + id);
  EXPECT_EQ(reply.header("Content-Type"), "image/x-test");
  EXPECT_EQ(reply.header("X-Security-Context"), "Patient/17");
  EXPECT_EQ(reply.header("ETag"), "W/\"1\"");
  EXPECT_TRUE(reply.header("Last-Modified"));
  EXPECT_EQ(reply.header("Content-Length"), "5");
}

TEST_P(ConformanceDstu2, R07_TheNativeFormTellsItsMetadataInHeaders) {
  const Reply reply = get("/Binary/" + create("hello", "image/x-test"));
  EXPECT_EQ(reply.header("Content-Type"), "image/x-test");
  EXPECT_FALSE(reply.header("X-Security-Context"));
  EXPECT_EQ(reply.header("ETag"), "W/\"1\"");
  EXPECT_TRUE(reply.header("Last-Modified"));
}

TEST_P(ConformanceAnyVersion, R07_TheNativeFormIsNeverGuessedOrShownInline) {
  const Reply reply = get("/Binary/" + create("<script>", "text/html"));
  EXPECT_EQ(reply.header("X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(reply.header("Content-Disposition"), "attachment");
}

TEST_P(ConformanceAnyVersion, R08_ASummaryDropsThePayloadOfTheFhirFormOnly) {
  const std::string id = create("hello");
  EXPECT_EQ(get("/Binary/" + id + "?_summary=true").body, "hello");
  const JsonDocument summary = resource("/Binary/" + id + "?_summary=true");
  EXPECT_FALSE(summary.has("/" + payload()));
  EXPECT_EQ(summary.text("/contentType"), "text/plain");
  EXPECT_EQ(summary.text("/meta/tag/0/code"), "SUBSETTED");
  EXPECT_TRUE(resource("/Binary/" + id + "?_summary=false").has("/" + payload()));
}

TEST_P(ConformanceAnyVersion, R09_IfNoneMatchOfTheCurrentVersionIs304) {
  const std::string id = create("hello");
  for (const char* tag : {"W/\"1\"", "\"1\"", "W/\"7\", W/\"1\"", "*"}) {
    SCOPED_TRACE(tag);
    const Reply reply = get("/Binary/" + id, {{"If-None-Match", tag}});
    EXPECT_EQ(reply.status, 304);
    EXPECT_EQ(reply.header("ETag"), "W/\"1\"");
  }
  EXPECT_EQ(update(id, "other"), "2");
  EXPECT_EQ(get("/Binary/" + id, {{"If-None-Match", "W/\"1\""}}).body, "other");
}

TEST_P(ConformanceAnyVersion, R09_IfModifiedSinceTheLastModificationIs304) {
  const std::string id = create("hello");
  const std::string date = get("/Binary/" + id).header("Last-Modified").value_or("");
  EXPECT_EQ(get("/Binary/" + id, {{"If-Modified-Since", date}}).status, 304);
  EXPECT_EQ(get("/Binary/" + id, {{"If-Modified-Since", "Mon, 01 Jan 2001 00:00:00 GMT"}}).status,
            200);
  EXPECT_EQ(get("/Binary/" + id, {{"If-Modified-Since", "yesterday"}}).status, 200);
  // If-None-Match is exact, so it decides alone where both stand.
  EXPECT_EQ(
      get("/Binary/" + id, {{"If-Modified-Since", date}, {"If-None-Match", "W/\"9\""}}).status,
      200);
}

TEST_P(ConformanceAnyVersion, R10_AnUnknownIdIs404) {
  expect_error(get("/Binary/nobody"), 404, "not-found");
  expect_error(get("/Binary/nobody/_history"), 404, "not-found");
  expect_error(get("/Binary/nobody/_history/1"), 404, "not-found");
}

TEST_P(Conformance, R10_ADeletedIdIs410WithTheEtagOfTheDeletion) {
  const std::string id = create("hello");
  remove(id);
  const Reply reply = get("/Binary/" + id);
  expect_error(reply, 410, is_before(FhirVersion::kR4) ? "not-found" : "deleted");
  EXPECT_EQ(reply.header("ETag"), "W/\"2\"");
}

TEST_P(ConformanceAnyVersion, R11_AVersionReadGivesExactlyThatVersion) {
  const std::string id = create("one");
  EXPECT_EQ(update(id, "two", "text/html"), "2");
  const Reply first = get("/Binary/" + id + "/_history/1");
  EXPECT_EQ(first.body, "one");
  EXPECT_EQ(first.header("ETag"), "W/\"1\"");
  EXPECT_EQ(first.header("Content-Type"), "text/plain");
  const JsonDocument second = resource("/Binary/" + id + "/_history/2");
  EXPECT_EQ(second.text("/id"), id);
  EXPECT_EQ(second.text("/meta/versionId"), "2");
  EXPECT_EQ(second.text("/contentType"), "text/html");
}

TEST_P(ConformanceAnyVersion, R11_ADeletionIs410AndAnUnknownVersion404) {
  const std::string id = create("one");
  remove(id);
  const std::string history = "/Binary/" + id + "/_history/";
  expect_error(get(history + "2"), 410, is_before(FhirVersion::kR4) ? "not-found" : "deleted");
  EXPECT_EQ(get(history + "1").body, "one");
  for (const char* unknown : {"3", "0", "01", "-1", "one", "99999999999999999999"}) {
    expect_error(get(history + unknown), 404, "not-found");
  }
}

TEST_P(ConformanceAnyVersion, R12_HeadIsAllowedWhereverGetIs) {
  const std::string id = create("hello");
  for (const std::string& target :
       {"/Binary/" + id, "/Binary/" + id + "/_history/1", "/Binary/" + id + "?_format=json",
        std::string("/metadata"), "/Binary/" + id + "/_history", std::string("/_history"),
        std::string("/$changes")}) {
    SCOPED_TRACE(target);
    const Reply by_head = send("HEAD", target);
    const Reply by_get = get(target);
    EXPECT_EQ(by_head.status, 200);
    EXPECT_EQ(by_head.body, "");
    for (const char* name : {"Content-Type", "Content-Length", "ETag", "Last-Modified", "Vary"}) {
      EXPECT_EQ(by_head.header(name), by_get.header(name)) << name;
    }
  }
  EXPECT_EQ(send("HEAD", "/Binary/nobody").status, 404);
}

TEST_P(ConformanceAnyVersion, R13_ARangeOfTheNativeFormIs206) {
  const std::string id = create("0123456789");
  const struct {
    const char* range;
    const char* bytes;
    const char* content_range;
  } cases[] = {
      {"bytes=2-4", "234", "bytes 2-4/10"},        {"bytes=7-", "789", "bytes 7-9/10"},
      {"bytes=-3", "789", "bytes 7-9/10"},         {"bytes=8-99", "89", "bytes 8-9/10"},
      {"bytes=-99", "0123456789", "bytes 0-9/10"}, {"Bytes=0-0", "0", "bytes 0-0/10"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.range);
    const Reply reply = get("/Binary/" + id, {{"Range", c.range}});
    EXPECT_EQ(reply.status, 206);
    EXPECT_EQ(reply.body, c.bytes);
    EXPECT_EQ(reply.header("Content-Range"), c.content_range);
    EXPECT_EQ(reply.header("Accept-Ranges"), "bytes");
    EXPECT_EQ(reply.header("ETag"), "W/\"1\"");
  }
}

TEST_P(ConformanceAnyVersion, R13_ARangeThatCannotBeIs416WithTheSize) {
  const std::string id = create("0123456789");
  for (const char* range : {"bytes=10-", "bytes=5-4", "bytes=-0", "bytes=a-b", "bytes=", "2-4"}) {
    SCOPED_TRACE(range);
    const Reply reply = get("/Binary/" + id, {{"Range", range}});
    expect_error(reply, 416, "value");
    EXPECT_EQ(reply.header("Content-Range"), "bytes */10");
  }
}

TEST_P(ConformanceAnyVersion, R13_TheFhirFormHasNoRanges) {
  const std::string id = create("0123456789");
  const Reply reply = get("/Binary/" + id, {{"Range", "bytes=2-4"}, {"Accept", kFhirType}});
  EXPECT_EQ(reply.status, 200);
  EXPECT_TRUE(JsonDocument(reply.body).is_json());
  EXPECT_FALSE(reply.header("Accept-Ranges"));
}

TEST_P(ConformanceAnyVersion, R13_IfRangeOfAnotherVersionGivesTheWhole) {
  const std::string id = create("0123456789");
  const std::string date = get("/Binary/" + id).header("Last-Modified").value_or("");
  const auto status = [&](const std::string& value) {
    return get("/Binary/" + id, {{"Range", "bytes=2-4"}, {"If-Range", value}}).status;
  };
  EXPECT_EQ(status("W/\"1\""), 206);
  EXPECT_EQ(status("\"1\""), 206);
  EXPECT_EQ(status(date), 206);
  EXPECT_EQ(status("W/\"2\""), 200);
  EXPECT_EQ(status("Mon, 01 Jan 2001 00:00:00 GMT"), 200);
}

TEST_P(ConformanceAnyVersion, R13_ReadsHonourIfMatchAndIfUnmodifiedSince) {
  const std::string id = create("0123456789");
  const std::string target = "/Binary/" + id;
  EXPECT_EQ(get(target, {{"If-Match", "W/\"1\""}}).status, 200);
  expect_error(get(target, {{"If-Match", "W/\"2\""}}), 412, "conflict");
  EXPECT_EQ(get(target, {{"If-Unmodified-Since", "Mon, 01 Jan 2001 00:00:00 GMT"}}).status, 412);
  EXPECT_EQ(get(target).header("Vary"), "Accept");
}

}  // namespace
}  // namespace fhirbin::testing
