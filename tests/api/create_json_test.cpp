#include <gtest/gtest.h>

#include "engine/codec/base64.h"
#include "tests/support/fhir_versions.h"
#include "tests/support/json_document.h"
#include "tests/support/result_matchers.h"
#include "tests/support/temporary_store.h"

namespace fhirbin::testing {
namespace {

TEST(CreateJsonTest, TheDecodedBytesAreStoredInEveryVersion) {
  for (const FhirVersion version : kAllVersions) {
    SCOPED_TRACE(fhir_version_name(version));
    TemporaryStore store({.fhir_version = version});
    const auto info = put_json(*store, hello_binary(version));
    ASSERT_THAT(info, is_ok());
    EXPECT_EQ(info->version, 1U);
    EXPECT_TRUE(info->created);
    EXPECT_EQ(info->content_type, "text/plain");
    EXPECT_EQ(*read_text(*store, info->id), "hello");
    const JsonDocument json(*read_json(*store, info->id));
    EXPECT_EQ(json.text("/" + payload_of(version)), "aGVsbG8=");
    EXPECT_EQ(json.text("/resourceType"), "Binary");
    EXPECT_EQ(json.text("/id"), info->id);
  }
}

TEST(CreateJsonTest, EveryFhirJsonTypeIsTakenAsSuch) {
  TemporaryStore store;
  for (const char* const type :
       {"application/fhir+json", "application/json+fhir", "Application/FHIR+JSON",
        "application/fhir+json; charset=utf-8", "application/fhir+json;charset=\"UTF-8\"",
        "application/fhir+json; fhirVersion=4.0", " application/fhir+json ; foo=bar"}) {
    SCOPED_TRACE(type);
    const auto info = put(*store, as_bytes(hello_binary(FhirVersion::kR4)), type);
    ASSERT_THAT(info, is_ok());
    EXPECT_EQ(info->content_type, "text/plain");
    EXPECT_EQ(*read_text(*store, info->id), "hello");
  }
}

TEST(CreateJsonTest, TheSendersIdVersionAndTimeAreIgnored) {
  for (const FhirVersion version : kAllVersions) {
    SCOPED_TRACE(fhir_version_name(version));
    TemporaryStore store({.fhir_version = version});
    const auto info =
        put_json(*store, hello_binary(version, R"("id":"mine","meta":{"versionId":"9",)"
                                               R"("lastUpdated":"2001-01-01T00:00:00Z"},)"));
    ASSERT_THAT(info, is_ok());
    EXPECT_NE(info->id, "mine");
    EXPECT_THAT(store->head("mine"), is_error(ErrorCode::kNotFound));
    const JsonDocument json(*read_json(*store, info->id));
    EXPECT_EQ(json.text("/id"), info->id);
    EXPECT_EQ(json.text("/meta/versionId"), "1");
    EXPECT_EQ(json.text("/meta/lastUpdated"), format_instant(info->last_updated));
    EXPECT_EQ(json.names("/meta"), (std::vector<std::string>{"versionId", "lastUpdated"}));
  }
}

TEST(CreateJsonTest, ElementsAreKeptAndReturned) {
  constexpr FhirVersion kFirst = FhirVersion::kDstu2;
  const struct {
    const char* pointer;
    const char* member;  // as sent, and as expected back
    const char* value;
    FhirVersion since;
  } cases[] = {
      {"/meta/tag", "meta", R"([{"system":"s","version":"1","code":"c","display":"d"}])", kFirst},
      {"/meta/security", "meta", R"([{"system":"s","code":"R","userSelected":true}])", kFirst},
      {"/meta/profile", "meta", R"(["http://example.org/p","http://example.org/q|2"])", kFirst},
      {"/meta/source", "meta", R"("urn:uuid:1#x")", FhirVersion::kR4},
      {"/meta/extension", "meta", R"([{"url":"http://e","valueDecimal":1.50}])", kFirst},
      {"/language", "", R"("de-CH")", kFirst},
      {"/implicitRules", "", R"("http://example.org/rules")", kFirst},
      {"/_language", "", R"({"id":"a","extension":[{"url":"http://e","valueCode":"x"}]})", kFirst},
      {"/_contentType", "", R"({"extension":[{"url":"http://e","valueString":"x \" \\ ä"}]})",
       kFirst},
      {"/securityContext", "",
       R"({"reference":"Patient/1","identifier":{"system":"s","value":"v"},"display":"d"})",
       FhirVersion::kStu3},
      {"/securityContext", "", R"({"reference":"Patient/1","type":"Patient"})", FhirVersion::kR4},
      {"/securityContext", "", R"({"identifier":{"value":"v"}})", FhirVersion::kStu3},
  };
  for (const FhirVersion version : kAllVersions) {
    TemporaryStore store({.fhir_version = version});
    for (const auto& c : cases) {
      SCOPED_TRACE(std::string(fhir_version_name(version)) + c.pointer + c.value);
      const std::string name = std::string(c.pointer).substr(std::string(c.pointer).rfind('/') + 1);
      std::string more = "\"" + name + "\":" + c.value;
      if (*c.member != '\0') {
        more = "\"" + std::string(c.member) + "\":{" + more + "}";
      }
      const auto info = put_json(*store, hello_binary(version, more + ","));
      if (version < c.since) {
        EXPECT_THAT(info, is_error(ErrorCode::kInvalidResource));
        continue;
      }
      ASSERT_THAT(info, is_ok());
      const JsonDocument sent("{\"x\":" + std::string(c.value) + "}");
      EXPECT_EQ(JsonDocument(*read_json(*store, info->id)).json(c.pointer), sent.json("/x"));
    }
  }
}

TEST(CreateJsonTest, ExtensionsOfThePayloadStayBesideIt) {
  for (const FhirVersion version : kAllVersions) {
    SCOPED_TRACE(fhir_version_name(version));
    TemporaryStore store({.fhir_version = version});
    const std::string sibling = "_" + payload_of(version);
    const auto info = put_json(
        *store,
        hello_binary(version,
                     "\"" + sibling + R"(":{"extension":[{"url":"http://e","valueCode":"x"}]},)"));
    ASSERT_THAT(info, is_ok());
    const JsonDocument json(*read_json(*store, info->id));
    EXPECT_EQ(json.text("/" + payload_of(version)), "aGVsbG8=");
    EXPECT_EQ(json.text("/" + sibling + "/extension/0/url"), "http://e");
  }
}

TEST(CreateJsonTest, MembersComeInTheirCanonicalOrder) {
  TemporaryStore store;
  const auto info = put_json(
      *store, R"({"securityContext":{"reference":"Patient/1"},"data":"aGVsbG8=","language":"en",)"
              R"("contentType":"a/b","implicitRules":"http://r","meta":{"tag":[{"code":"c"}]},)"
              R"("id":"x","resourceType":"Binary"})");
  ASSERT_THAT(info, is_ok());
  EXPECT_EQ(JsonDocument(*read_json(*store, info->id)).names(""),
            (std::vector<std::string>{"resourceType", "id", "meta", "implicitRules", "language",
                                      "contentType", "securityContext", "data"}));
}

TEST(CreateJsonTest, TheBodysOwnSecurityContextWinsOverTheHeader) {
  TemporaryStore store;
  const auto create = [&](const std::string& body) {
    return store->create(bytes_source(as_bytes(body)),
                         {.content_type = kFhirJson, .security_context = "Patient/header"});
  };
  const auto own =
      create(hello_binary(FhirVersion::kR4, R"("securityContext":{"reference":"Patient/body"},)"));
  ASSERT_THAT(own, is_ok());
  EXPECT_EQ(own->security_context, "Patient/body");
  EXPECT_EQ(JsonDocument(*read_json(*store, own->id)).json("/securityContext"),
            R"({"reference":"Patient/body"})");
}

TEST(CreateJsonTest, NoContentIsAnAbsentMemberOrAnEmptyString) {
  for (const FhirVersion version : kAllVersions) {
    SCOPED_TRACE(fhir_version_name(version));
    TemporaryStore store({.fhir_version = version});
    const std::string head = R"({"resourceType":"Binary","contentType":"a/b")";
    const std::string payload = ",\"" + payload_of(version) + "\":";
    for (const std::string& body :
         {head + "}", head + payload + "\"\"}", head + payload + R"(" \n "})"}) {
      const auto info = put_json(*store, body);
      ASSERT_THAT(info, is_ok());
      EXPECT_EQ(info->size_bytes, 0U);
      EXPECT_EQ(read_all(*store, info->id)->size(), 0U);
      EXPECT_FALSE(JsonDocument(*read_json(*store, info->id)).has("/" + payload_of(version)));
    }
  }
}

TEST(CreateJsonTest, WhatIsNoBinaryIsKeptAsItIs) {
  const struct {
    const char* name;
    const char* content_type;
    const char* body;
  } cases[] = {
      {"another resource", "application/fhir+json",
       "{ \"resourceType\" :\t\"Patient\",\n \"data\": 1, \"data\": 2 }\n"},
      {"a Bundle with a Binary inside", "application/fhir+json; charset=utf-8",
       R"({"entry":[{"resource":{"resourceType":"Binary"}}],"resourceType":"Bundle"})"},
      {"no resource type at all", "application/fhir+json", R"({"data":"!"})"},
      {"a resource type that is no string", "application/fhir+json", R"({"resourceType":1})"},
      {"an array", "application/fhir+json", "[1,2]"},
      {"a number", "application/fhir+json", "1"},
      {"another spelling", "application/json+fhir", R"({"resourceType":"binary"})"},
      {"a long name that begins like it", "application/fhir+json", R"({"resourceType":"BinaryX"})"},
      {"resource type of a nested object", "application/fhir+json",
       R"({"a":{"resourceType":"Binary"}})"},
  };
  for (const FhirVersion version : kAllVersions) {
    TemporaryStore store({.fhir_version = version});
    for (const auto& c : cases) {
      SCOPED_TRACE(std::string(fhir_version_name(version)) + ": " + c.name);
      const auto info =
          store->create(bytes_source(as_bytes(c.body)),
                        {.content_type = c.content_type, .security_context = "Patient/1"});
      ASSERT_THAT(info, is_ok());
      EXPECT_EQ(info->content_type, c.content_type);
      EXPECT_EQ(info->security_context, version == FhirVersion::kDstu2 ? "" : "Patient/1");
      EXPECT_EQ(*read_text(*store, info->id), c.body);
    }
  }
}

TEST(CreateJsonTest, FhirJsonInsideABinaryIsNotUnwrapped) {
  TemporaryStore store;
  const std::string inner = hello_binary(FhirVersion::kR4);
  std::vector<char> text(codec::Base64Encoder::max_encoded_size(inner.size()));
  codec::Base64Encoder encoder;
  std::size_t length = encoder.encode(as_bytes(inner), text);
  length += encoder.finish(std::span(text).subspan(length));
  const std::string body =
      R"({"resourceType":"Binary","contentType":"application/fhir+json","data":")" +
      std::string(text.data(), length) + "\"}";
  const auto info = put_json(*store, body);
  ASSERT_THAT(info, is_ok());
  EXPECT_EQ(info->content_type, "application/fhir+json");
  EXPECT_EQ(*read_text(*store, info->id), inner);
}

TEST(CreateJsonTest, Base64ContentOfABinaryIsNotDecodedTwice) {
  TemporaryStore store;
  const auto info = put_json(
      *store,
      R"({"resourceType":"Binary","contentType":"application/base64","data":"YUdWc2JHOD0="})");
  ASSERT_THAT(info, is_ok());
  EXPECT_EQ(*read_text(*store, info->id), "aGVsbG8=");
}

// HL7's own example of STU3 to R4B has a space after each 76 characters.
TEST(CreateJsonTest, Base64InLinesIsReadAndComesBackWithoutThem) {
  const ByteVector bytes = random_bytes(130'069, 1);
  for (const FhirVersion version : kAllVersions) {
    TemporaryStore store({.fhir_version = version});
    const std::string pointer = "/" + payload_of(version);
    const std::string id = put(*store, bytes, "application/pdf")->id;
    const std::string base64 = JsonDocument(*read_json(*store, id)).text(pointer).value();
    for (const char* const line_end : {" ", "\\n", "\\r\\n", "\\t", "\\u000a", "\n", "\r\n"}) {
      SCOPED_TRACE(std::string(fhir_version_name(version)) + " " + line_end);
      std::string body =
          R"({"resourceType":"Binary","contentType":"a/b",")" + payload_of(version) + "\":\"";
      for (std::size_t at = 0; at < base64.size(); at += 76) {
        body.append(base64, at, 76).append(line_end);
      }
      const auto info = put_json(*store, body + "\"}");
      ASSERT_THAT(info, is_ok());
      EXPECT_TRUE(equal_bytes(*read_all(*store, info->id), bytes));
      EXPECT_TRUE(JsonDocument(*read_json(*store, info->id)).text(pointer) == base64);
    }
  }
}

TEST(CreateJsonTest, TheResourceTypeMayComeAfterTwentyMegabytesOfData) {
  const ByteVector bytes = random_bytes(15'000'000, 3);
  TemporaryStore store;
  std::string json = *read_json(*store, put(*store, bytes)->id);
  const std::size_t data = json.find("\"data\"");
  const std::string payload = json.substr(data, json.size() - data - 1);
  ASSERT_GT(payload.size(), 20'000'000U);

  TemporaryStore other;
  const auto binary =
      put_json(*other, "{" + payload + R"(,"contentType":"a/b","resourceType":"Binary"})");
  ASSERT_THAT(binary, is_ok());
  EXPECT_EQ(binary->content_type, "a/b");
  EXPECT_TRUE(equal_bytes(*read_all(*other, binary->id), bytes));
  EXPECT_EQ(other->stats()->reclaimable_bytes, 0U);

  const std::string not_binary = "{" + payload + R"(,"resourceType":"DocumentReference"})";
  const auto raw = put_json(*other, not_binary);
  ASSERT_THAT(raw, is_ok());
  EXPECT_EQ(raw->content_type, kFhirJson);
  EXPECT_TRUE(*read_text(*other, raw->id) == not_binary);
  EXPECT_EQ(other->stats()->reclaimable_bytes, 0U);
  EXPECT_EQ(other->verify()->damage_count, 0U);
}

TEST(CreateJsonTest, TextThatIsNoJsonIsRawOnlyOnRequest) {
  TemporaryStore store;
  for (const char* const body : {"hello", "", "{\"a\":", R"({"resourceType":"Patient"}x)"}) {
    SCOPED_TRACE(body);
    const bool is_other = std::string_view(body).find("Patient") != std::string_view::npos;
    const auto refused = put_json(*store, body);
    if (is_other) {
      EXPECT_THAT(refused, is_ok());  // nothing behind the type is looked at
      continue;
    }
    ASSERT_THAT(refused, is_error(ErrorCode::kInvalidResource));
    EXPECT_EQ(refused.error().issue, IssueType::kStructure);
    const auto raw = put_json(*store, body, {.store_malformed_json_as_raw = true});
    ASSERT_THAT(raw, is_ok());
    EXPECT_EQ(raw->content_type, kFhirJson);
    EXPECT_EQ(*read_text(*store, raw->id), body);
  }
  // What is a Binary, but a faulty one, is refused all the same.
  EXPECT_THAT(put_json(*store, R"({"resourceType":"Binary","contentType":"a/b","data":"!"})",
                       {.store_malformed_json_as_raw = true}),
              is_error(ErrorCode::kInvalidResource));
  EXPECT_THAT(put_json(*store, R"({"resourceType":"Binary","contentType":"a/b")",
                       {.store_malformed_json_as_raw = true}),
              is_error(ErrorCode::kInvalidResource));
}

}  // namespace
}  // namespace fhirbin::testing
