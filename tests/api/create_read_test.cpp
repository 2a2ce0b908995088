#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "tests/support/result_matchers.h"
#include "tests/support/temporary_store.h"

namespace fhirbin::testing {
namespace {

constexpr FhirVersion kAllVersions[] = {FhirVersion::kDstu2, FhirVersion::kStu3, FhirVersion::kR4,
                                        FhirVersion::kR4B, FhirVersion::kR5};

std::string member_of(FhirVersion version) {
  return version <= FhirVersion::kStu3 ? "content" : "data";
}

TEST(CreateReadTest, RawContentOfEverySizeComesBackByteForByte) {
  TemporaryStore store;
  const std::size_t limit = CreateOptions{}.inline_limit_bytes;
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{1}, limit - 1, limit, limit + 1, std::size_t{1} << 20,
        (std::size_t{1} << 20) + 1, std::size_t{5'000'001}}) {
    SCOPED_TRACE(size);
    const ByteVector bytes = random_bytes(size, size);
    const auto info = put(*store, bytes);
    ASSERT_THAT(info, is_ok());
    EXPECT_EQ(info->version, 1U);
    EXPECT_TRUE(info->created);
    EXPECT_EQ(info->size_bytes, size);
    const auto read = read_all(*store, info->id);
    ASSERT_THAT(read, is_ok());
    EXPECT_TRUE(equal_bytes(*read, bytes));
  }
  EXPECT_EQ(store->verify()->damage_count, 0U);
}

TEST(CreateReadTest, ARangeIsTheSameBytesAsTheWhole) {
  TemporaryStore store;
  const ByteVector bytes = random_bytes(3'000'000, 7);
  const auto info = put(*store, bytes);
  ASSERT_THAT(info, is_ok());
  auto reader = store->open_reader(info->id);
  ASSERT_THAT(reader, is_ok());
  std::mt19937_64 random(1);
  for (int i = 0; i < 200; ++i) {
    const std::uint64_t offset = random() % 3'100'000;
    ByteVector out(random() % 300'000);
    const auto copied = reader->read_at(offset, out);
    ASSERT_THAT(copied, is_ok());
    const ByteRange range = ByteRange{offset, out.size()}.clamped_to(bytes.size());
    ASSERT_EQ(*copied, range.length);
    EXPECT_TRUE(equal_bytes(ByteSpan(out).first(*copied),
                            ByteSpan(bytes).subspan(range.offset, range.length)));
  }
}

TEST(CreateReadTest, FhirJsonGivesTheDecodedBytesInEveryVersion) {
  for (const FhirVersion version : kAllVersions) {
    SCOPED_TRACE(fhir_version_name(version));
    TemporaryStore store({.fhir_version = version});
    const std::string json =
        R"({"resourceType":"Binary","id":"mine","meta":{"versionId":"9",)"
        R"("lastUpdated":"2001-01-01T00:00:00Z","tag":[{"system":"s","code":"c"}]},)"
        R"("language":"en","contentType":"text/plain",")" +
        member_of(version) + R"(":"aGVs bG8="})";
    const auto info = put_json(*store, json);
    ASSERT_THAT(info, is_ok());
    EXPECT_NE(info->id, "mine");
    EXPECT_EQ(info->version, 1U);
    EXPECT_EQ(info->content_type, "text/plain");
    EXPECT_EQ(as_text(*read_all(*store, info->id)), "hello");
    const auto text = read_json(*store, info->id);
    ASSERT_THAT(text, is_ok());
    EXPECT_THAT(*text, ::testing::HasSubstr("\"" + member_of(version) + R"(":"aGVsbG8=")"));
    EXPECT_THAT(*text, ::testing::HasSubstr(R"("versionId":"1")"));
    EXPECT_THAT(*text, ::testing::HasSubstr(R"("tag":[{"system":"s","code":"c"}])"));
    EXPECT_THAT(*text, ::testing::HasSubstr(R"("language":"en")"));
    EXPECT_THAT(*text, ::testing::Not(::testing::HasSubstr("2001-01-01")));
  }
}

TEST(CreateReadTest, TheResourceTypeMayComeAfterTwentyMegabytesOfData) {
  TemporaryStore store;
  const ByteVector bytes = random_bytes(15'000'000, 3);
  TemporaryStore other;
  const auto raw = put(*other, bytes);
  ASSERT_THAT(raw, is_ok());
  std::string json = *read_json(*other, raw->id);
  const std::size_t data = json.find("\"data\"");
  json = "{" + json.substr(data, json.size() - data - 1) +
         R"(,"contentType":"a/b","resourceType":"Binary"})";
  const auto info = put_json(*store, json);
  ASSERT_THAT(info, is_ok());
  EXPECT_EQ(info->content_type, "a/b");
  EXPECT_TRUE(equal_bytes(*read_all(*store, info->id), bytes));
  EXPECT_EQ(store->stats()->reclaimable_bytes, 0U);
}

TEST(CreateReadTest, OneByteAtATimeGivesTheSameBinary) {
  TemporaryStore store;
  const std::string json =
      "\t{ \"resourceType\"\r\n: \"Binary\" , \"contentType\":\"text/plain\","
      "\"d\\u0061ta\" : \"Pz8\\/\\n\\u002b\\u0041\\r\\t==\" }\n";
  auto writer = store->begin_create({.content_type = "application/fhir+json"});
  ASSERT_THAT(writer, is_ok());
  for (const char c : json) {
    ASSERT_THAT(writer->write(as_bytes({&c, 1})), is_ok());
  }
  const auto info = writer->commit();
  ASSERT_THAT(info, is_ok());
  EXPECT_EQ(as_text(*read_all(*store, info->id)), "???\xf8");
}

TEST(CreateReadTest, WhatIsNoBinaryIsKeptAsItIs) {
  TemporaryStore store;
  const struct {
    const char* name;
    const char* content_type;
    const char* body;
  } cases[] = {
      {"another resource", "application/fhir+json", R"({ "resourceType" : "Patient", "data": 1 })"},
      {"a Bundle with a Binary inside", "application/fhir+json; charset=utf-8",
       R"({"entry":[{"resource":{"resourceType":"Binary"}}],"resourceType":"Bundle"})"},
      {"plain JSON", "application/json", R"({"resourceType":"Binary","contentType":"a/b"})"},
      {"XML", "application/fhir+xml", "<Binary/>"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto info = put(*store, as_bytes(c.body), c.content_type);
    ASSERT_THAT(info, is_ok());
    EXPECT_EQ(info->content_type, c.content_type);
    EXPECT_EQ(as_text(*read_all(*store, info->id)), c.body);
  }
}

TEST(CreateReadTest, TheSecurityContextIsKeptAndReturned) {
  TemporaryStore store;
  const auto raw = store->create(bytes_source(as_bytes("x")),
                                 {.content_type = "a/b", .security_context = "Patient/17"});
  ASSERT_THAT(raw, is_ok());
  EXPECT_EQ(raw->security_context, "Patient/17");
  const auto wrapped = put_json(
      *store,
      R"({"resourceType":"Binary","contentType":"a/b","securityContext":{"reference":"Patient/1",)"
      R"("identifier":{"value":"v"},"display":"d"}})");
  ASSERT_THAT(wrapped, is_ok());
  EXPECT_THAT(*read_json(*store, wrapped->id),
              ::testing::HasSubstr(
                  R"("securityContext":{"reference":"Patient/1","identifier":{"value":"v"},)"
                  R"("display":"d"})"));
  TemporaryStore dstu2({.fhir_version = FhirVersion::kDstu2});
  const auto without = dstu2->create(bytes_source(as_bytes("x")),
                                     {.content_type = "a/b", .security_context = "Patient/17"});
  ASSERT_THAT(without, is_ok());
  EXPECT_EQ(without->security_context, "");
}

TEST(CreateReadTest, TheHl7ExamplesGiveTheSameBytes) {
  const std::filesystem::path folder = FHIRBIN_EXAMPLES_DIR;
  if (!std::filesystem::exists(folder)) {
    GTEST_SKIP() << "the folder of HL7 examples is not here";
  }
  const struct {
    const char* file;
    FhirVersion version;
  } cases[] = {{"STU3-binary-example.json", FhirVersion::kStu3},
               {"R4-binary-example.json", FhirVersion::kR4},
               {"R4B-binary-example.json", FhirVersion::kR4B},
               {"R5-binary-example.json", FhirVersion::kR5}};
  ByteVector first;
  for (const auto& c : cases) {
    SCOPED_TRACE(c.file);
    TemporaryStore store({.fhir_version = c.version});
    const auto info =
        store->create(file_source(folder / c.file), {.content_type = "application/fhir+json"});
    ASSERT_THAT(info, is_ok());
    const auto bytes = read_all(*store, info->id);
    ASSERT_THAT(bytes, is_ok());
    EXPECT_EQ(bytes->size(), 130'068U);
    if (first.empty()) {
      first = *bytes;
    }
    EXPECT_TRUE(equal_bytes(*bytes, first));
    const std::string json = *read_json(*store, info->id);
    const std::size_t start = json.find("\":\"", json.find(member_of(c.version) + "\":")) + 3;
    EXPECT_EQ(json.substr(start, json.find('"', start) - start).find(' '), std::string::npos);
  }
}

}  // namespace
}  // namespace fhirbin::testing
