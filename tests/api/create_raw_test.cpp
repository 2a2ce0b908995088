#include <cctype>

#include <gtest/gtest.h>

#include "engine/util/hash.h"
#include "tests/support/fhir_versions.h"
#include "tests/support/json_document.h"
#include "tests/support/result_matchers.h"
#include "tests/support/temporary_store.h"
#include "tests/support/test_sources.h"

namespace fhirbin::testing {
namespace {

TEST(CreateRawTest, ContentOfEverySizeAndKindComesBackByteForByte) {
  TemporaryStore store;
  const std::size_t limit = CreateOptions{}.inline_limit_bytes;
  const chunk::CutterParameters cutter;
  const struct {
    const char* name;
    ByteVector (*make)(std::size_t);
  } kinds[] = {
      {"random", [](std::size_t size) { return random_bytes(size, size); }},
      {"text", [](std::size_t size) { return text_bytes(size, size); }},
      {"zeros", zero_bytes},
  };
  for (const auto& kind : kinds) {
    for (const std::size_t edge : {std::size_t{1}, limit, std::size_t{cutter.min_bytes},
                                   std::size_t{cutter.average_bytes}, std::size_t{cutter.max_bytes},
                                   std::size_t{2} * cutter.max_bytes, std::size_t{5'000'000}}) {
      for (const std::size_t size : {edge - 1, edge, edge + 1}) {
        SCOPED_TRACE(std::string(kind.name) + " " + std::to_string(size));
        const ByteVector bytes = kind.make(size);
        const auto info = put(*store, bytes);
        ASSERT_THAT(info, is_ok());
        EXPECT_EQ(info->size_bytes, size);
        EXPECT_EQ(info->digest.bytes, compute_hash(0, bytes).bytes);
        const auto read = read_all(*store, info->id);
        ASSERT_THAT(read, is_ok());
        EXPECT_TRUE(equal_bytes(*read, bytes));
      }
    }
  }
  EXPECT_EQ(store->verify()->damage_count, 0U);
}

TEST(CreateRawTest, TheDigestIsWhatXxhsumPrints) {
  TemporaryStore store;
  const auto info = put(*store, {});
  ASSERT_THAT(info, is_ok());
  Hash128 digest;
  digest.bytes = info->digest.bytes;
  EXPECT_EQ(digest.to_hex(), "99aa06d3014798d86001c324468d497f");
}

TEST(CreateRawTest, ANewBinaryIsVersionOneUnderANewUuid) {
  TemporaryStore store;
  const auto first = put(*store, as_bytes("a"));
  const auto second = put(*store, as_bytes("a"));
  ASSERT_THAT(first, is_ok());
  ASSERT_THAT(second, is_ok());
  EXPECT_NE(first->id, second->id);
  EXPECT_LT(first->sequence, second->sequence);
  for (const VersionInfo& info : {*first, *second}) {
    EXPECT_EQ(info.version, 1U);
    EXPECT_TRUE(info.created);
    EXPECT_FALSE(info.deleted);
    ASSERT_EQ(info.id.size(), 36U);
    for (std::size_t i = 0; i < info.id.size(); ++i) {
      const bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
      const char c = info.id[i];
      EXPECT_TRUE(is_dash ? c == '-' : (std::isdigit(c) != 0 || ('a' <= c && c <= 'f'))) << info.id;
    }
    const auto head = store->head(info.id);
    ASSERT_THAT(head, is_ok());
    EXPECT_EQ(head->sequence, info.sequence);
    EXPECT_EQ(head->last_updated, info.last_updated);
    EXPECT_EQ(head->content_type, info.content_type);
  }
}

TEST(CreateRawTest, TheContentTypeIsKeptAsGivenButTrimmed) {
  TemporaryStore store;
  const struct {
    const char* given;
    const char* kept;
  } cases[] = {
      {"text/plain", "text/plain"},
      {"Text/PLAIN; Charset=\"UTF-8\"; format=flowed",
       "Text/PLAIN; Charset=\"UTF-8\"; format=flowed"},
      {" \tapplication/pdf \t", "application/pdf"},
      {"application/vnd.dicom+zip;q=0.5;;", "application/vnd.dicom+zip;q=0.5;;"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.given);
    const auto info = put(*store, as_bytes("x"), c.given);
    ASSERT_THAT(info, is_ok());
    EXPECT_EQ(info->content_type, c.kept);
    EXPECT_EQ(JsonDocument(*read_json(*store, info->id)).text("/contentType"), c.kept);
  }
  EXPECT_THAT(put(*store, as_bytes("x"), "text/" + std::string(250, 'a')), is_ok());
}

TEST(CreateRawTest, WhateverIsNotAFhirJsonTypeIsRaw) {
  const std::string body = hello_binary(FhirVersion::kR4);
  TemporaryStore store;
  for (const char* const type :
       {"application/json", "text/json", "application/fhir+xml", "application/hl7+json",
        "application/octet-stream", "application/fhir+json+x", "text/fhir+json"}) {
    SCOPED_TRACE(type);
    const auto info = put(*store, as_bytes(body), type);
    ASSERT_THAT(info, is_ok());
    EXPECT_EQ(info->content_type, type);
    EXPECT_EQ(*read_text(*store, info->id), body);
  }
  // Not even JSON that is cut off is looked at.
  EXPECT_THAT(put(*store, as_bytes(R"({"resourceType":"Bin)"), "application/json"), is_ok());
}

TEST(CreateRawTest, TheHeaderBecomesTheSecurityContextButInDstu2) {
  for (const FhirVersion version : kAllVersions) {
    SCOPED_TRACE(fhir_version_name(version));
    TemporaryStore store({.fhir_version = version});
    const bool has_one = version != FhirVersion::kDstu2;
    const auto info = store->create(
        bytes_source(as_bytes("x")),
        {.content_type = "a/b", .security_context = " Patient/17/_history/2?a=\"\xc3\xa4\" "});
    ASSERT_THAT(info, is_ok());
    const std::string want = has_one ? "Patient/17/_history/2?a=\"\xc3\xa4\"" : "";
    EXPECT_EQ(info->security_context, want);
    EXPECT_EQ(store->head(info->id)->security_context, want);
    const JsonDocument json(*read_json(*store, info->id));
    EXPECT_EQ(json.text("/securityContext/reference").value_or(""), want);
    EXPECT_EQ(json.has("/securityContext"), has_one);
  }
}

TEST(CreateRawTest, ASecurityContextHidesNothing) {
  TemporaryStore store;
  const auto info = store->create(bytes_source(as_bytes("x")),
                                  {.content_type = "a/b", .security_context = "Patient/1"});
  ASSERT_THAT(info, is_ok());
  EXPECT_EQ(*read_text(*store, info->id), "x");
  EXPECT_EQ(store->list()->heads.size(), 1U);
}

TEST(CreateRawTest, EmptyContentHasNoPayloadMemberInAnyVersion) {
  for (const FhirVersion version : kAllVersions) {
    SCOPED_TRACE(fhir_version_name(version));
    TemporaryStore store({.fhir_version = version});
    const auto info = put(*store, {}, "application/pdf");
    ASSERT_THAT(info, is_ok());
    EXPECT_EQ(info->size_bytes, 0U);
    EXPECT_EQ(read_all(*store, info->id)->size(), 0U);
    const JsonDocument json(*read_json(*store, info->id));
    EXPECT_TRUE(json.is_json());
    EXPECT_FALSE(json.has("/" + payload_of(version)));
    EXPECT_FALSE(json.has("/_" + payload_of(version)));
  }
}

TEST(CreateRawTest, HowTheBytesArriveDoesNotMatter) {
  TemporaryStore store;
  const ByteVector bytes = text_bytes(300'001, 1);
  const struct {
    const char* name;
    AwkwardSource::Habits habits;
  } cases[] = {
      {"one byte at a time", {.piece_bytes = 1}},
      {"pieces of an odd length", {.piece_bytes = 4093}},
      {"claims to be empty", {.claimed_size = 0}},
      {"claims to be larger", {.claimed_size = bytes.size() + 1}},
      {"claims to be enormous", {.claimed_size = UINT64_MAX}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    AwkwardSource source(bytes, c.habits);
    const auto info = store->create(source, {.content_type = "a/b"});
    ASSERT_THAT(info, is_ok());
    EXPECT_TRUE(equal_bytes(*read_all(*store, info->id), bytes));
  }
}

TEST(CreateRawTest, ASourceThatFailsHalfWayStoresNothing) {
  for (const std::size_t size : {std::size_t{1000}, std::size_t{5'000'000}}) {
    SCOPED_TRACE(size);
    TemporaryStore store;
    const ByteVector bytes = random_bytes(size, 1);
    AwkwardSource source(bytes, {.fails_after = size / 2});
    const auto failed = store->create(source, {.content_type = "a/b"});
    ASSERT_THAT(failed, is_error(ErrorCode::kIo));
    EXPECT_EQ(failed.error().message, "the source broke");
    const auto stats = store->stats();
    EXPECT_EQ(stats->sequence, 0U);
    EXPECT_EQ(stats->chunks, 0U);
    EXPECT_EQ(stats->reclaimable_bytes, 0U);
    EXPECT_EQ(stats->pins, 0U);
  }
}

TEST(CreateRawTest, AMissingFileIsReportedAsNotFound) {
  TemporaryStore store;
  EXPECT_THAT(store->create(file_source(store.path() / "nothing"), {.content_type = "a/b"}),
              is_error(ErrorCode::kNotFound));
  EXPECT_THAT(store->create(std::unique_ptr<Source>(), {.content_type = "a/b"}),
              is_error(ErrorCode::kInvalidArgument));
  EXPECT_EQ(store->stats()->versions, 0U);
}

}  // namespace
}  // namespace fhirbin::testing
