#include <fstream>

#include <gtest/gtest.h>

#include "tests/support/result_matchers.h"
#include "tests/support/temporary_store.h"

namespace fhirbin::testing {
namespace {

std::string deep_extension(int depth) {
  std::string text;
  for (int i = 0; i < depth; ++i) {
    text += R"({"extension":[)";
  }
  for (int i = 0; i < depth; ++i) {
    text += "]}";
  }
  return text;
}

TEST(BadInputTest, AFaultyBinaryIsRefusedAndNothingIsStored) {
  TemporaryStore store;
  const std::string head = R"({"resourceType":"Binary","contentType":"a/b",)";
  const std::pair<const char*, std::string> cases[] = {
      {"not JSON", "hello"},
      {"empty", ""},
      {"truncated", head + R"("data":"aGVsbG8=)"},
      {"duplicate member", head + R"("language":"en","language":"de"})"},
      {"duplicate payload", head + R"("data":"aGVsbG8=","data":"aGVsbG8="})"},
      {"unknown member", head + R"("name":"x"})"},
      {"too deep", head + R"("_language":)" + deep_extension(17) + "}"},
      {"envelope beyond 1 MiB", head + R"("language":")" + std::string(1'100'000, 'x') + "\"}"},
      {"invalid UTF-8", head + "\"language\":\"\xff\"}"},
      {"no content type", R"({"resourceType":"Binary","data":"aGVsbG8="})"},
      {"content type is none", R"({"resourceType":"Binary","contentType":"nonsense"})"},
      {"control in content type", "{\"resourceType\":\"Binary\",\"contentType\":\"a/b\\u000a\"}"},
      {"wrong member", head + R"("content":"aGVsbG8="})"},
      {"url-safe alphabet", head + R"("data":"aGVs-G8="})"},
      {"missing padding", head + R"("data":"aGVsbG8"})"},
      {"padding inside", head + R"("data":"aG=sbG8="})"},
      {"payload no string", head + R"("data":5})"},
      {"trailing text", head + R"("data":"aGVsbG8="} x)"},
  };
  const auto before = store->stats();
  for (const auto& [name, body] : cases) {
    SCOPED_TRACE(name);
    const auto refused = put_json(*store, body);
    EXPECT_THAT(refused, is_error(ErrorCode::kInvalidResource));
    if (!refused) {
      EXPECT_EQ(refused.error().message.find("aGVs"), std::string::npos);
    }
  }
  EXPECT_EQ(store->stats()->versions, before->versions);
  EXPECT_EQ(store->stats()->sequence, before->sequence);
  EXPECT_EQ(store->stats()->reclaimable_bytes, 0U);
}

TEST(BadInputTest, MembersOfOtherFhirVersionsAreRefused) {
  TemporaryStore stu3({.fhir_version = FhirVersion::kStu3});
  EXPECT_THAT(put_json(*stu3, R"({"resourceType":"Binary","contentType":"a/b","data":"aGVsbG8="})"),
              is_error(ErrorCode::kInvalidResource));
  TemporaryStore dstu2({.fhir_version = FhirVersion::kDstu2});
  EXPECT_THAT(
      put_json(*dstu2, R"({"resourceType":"Binary","contentType":"a/b","content":"aGVsbG8=",)"
                       R"("securityContext":{"reference":"Patient/1"}})"),
      is_error(ErrorCode::kInvalidResource));
}

TEST(BadInputTest, HeaderValuesAreCheckedBeforeAnythingIsRead) {
  TemporaryStore store;
  const struct {
    const char* name;
    ContentInfo info;
    ErrorCode code;
  } cases[] = {
      {"missing", {.content_type = ""}, ErrorCode::kInvalidResource},
      {"no media type", {.content_type = "text"}, ErrorCode::kUnsupportedMediaType},
      {"line break", {.content_type = "text/plain\r\nX: y"}, ErrorCode::kUnsupportedMediaType},
      {"too long",
       {.content_type = "text/" + std::string(300, 'a')},
       ErrorCode::kUnsupportedMediaType},
      {"wrong charset",
       {.content_type = "application/fhir+json; charset=latin1"},
       ErrorCode::kUnsupportedMediaType},
      {"wrong fhirVersion",
       {.content_type = "application/fhir+json; fhirVersion=3.0"},
       ErrorCode::kUnsupportedMediaType},
      {"control in security context",
       {.content_type = "a/b", .security_context = "Patient/1\nX"},
       ErrorCode::kInvalidArgument},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_THAT(store->create(bytes_source(as_bytes("x")), c.info), is_error(c.code));
  }
  EXPECT_EQ(store->stats()->versions, 0U);
}

TEST(BadInputTest, IdsOutsideTheGrammarAreRefused) {
  TemporaryStore store;
  for (const std::string& id :
       {std::string(), std::string("a/b"), std::string("a b"), std::string("\xc3\xa4"),
        std::string("a\0b", 3), std::string(65, 'a')}) {
    EXPECT_THAT(store->head(id), is_error(ErrorCode::kInvalidArgument));
    EXPECT_THAT(store->remove(id), is_error(ErrorCode::kInvalidArgument));
    EXPECT_THAT(replace(*store, id, as_bytes("x")), is_error(ErrorCode::kInvalidArgument));
  }
  EXPECT_THAT(store->head(".."), is_error(ErrorCode::kNotFound));
}

TEST(BadInputTest, OneByteOverTheLimitLeavesNothingBehind) {
  TemporaryStore store({}, {.max_ingest_bytes = 3'000'000});
  ASSERT_THAT(put(*store, random_bytes(200'000, 1)), is_ok());
  const auto before = store->stats();
  EXPECT_THAT(put(*store, random_bytes(3'000'001, 2)), is_error(ErrorCode::kTooLarge));
  const auto after = store->stats();
  EXPECT_EQ(after->sequence, before->sequence);
  EXPECT_EQ(after->chunks, before->chunks);
  EXPECT_EQ(after->volumes, before->volumes);
  EXPECT_EQ(after->reclaimable_bytes, before->reclaimable_bytes);
  EXPECT_EQ(after->pins, 0U);
  EXPECT_THAT(put(*store, random_bytes(3'000'000, 3)), is_ok());
}

TEST(BadInputTest, WhatIsNoStoreIsRefusedAndLeftAlone) {
  TemporaryFolder folder;
  EXPECT_THAT(Store::open(folder.path() / "nothing"), is_error(ErrorCode::kNotFound));
  EXPECT_THAT(Store::open(folder.path()), is_error(ErrorCode::kIncompatibleFormat));
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
  EXPECT_THAT(Store::create(folder.path()), is_error(ErrorCode::kInvalidArgument));
}

TEST(BadInputTest, AStoreOfANewerFormatIsNotTouched) {
  TemporaryStore store;
  ASSERT_THAT(put(*store, as_bytes("x")), is_ok());
  store.close();
  const std::filesystem::path catalog = store.path() / "catalog.db";
  {
    std::fstream file(catalog, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(60);  // user_version, big-endian, in SQLite's header
    file.write("\0\0\0\2", 4);
  }
  const auto written = std::filesystem::last_write_time(catalog);
  EXPECT_THAT(Store::open(store.path()), is_error(ErrorCode::kIncompatibleFormat));
  EXPECT_EQ(std::filesystem::last_write_time(catalog), written);
}

TEST(BadInputTest, DamagedFilesNeverGiveWrongBytes) {
  const ByteVector large = random_bytes(900'000, 1);
  const ByteVector small = random_bytes(5'000, 2);
  for (const char* const name : {"catalog.db", "volumes/00000001.db"}) {
    SCOPED_TRACE(name);
    TemporaryStore store;
    const std::string first = put(*store, large)->id;
    const std::string second = put(*store, small)->id;
    store.close();
    const auto size = std::filesystem::file_size(store.path() / name);
    std::mt19937_64 random(5);
    for (int i = 0; i < 60; ++i) {
      const auto at = static_cast<std::streamoff>(random() % size);
      std::fstream file(store.path() / name, std::ios::in | std::ios::out | std::ios::binary);
      file.seekg(at);
      const char good = static_cast<char>(file.get());
      file.seekp(at);
      file.put(static_cast<char>(good ^ (1 << (random() % 8))));
      file.close();
      auto damaged = Store::open(store.path());
      if (damaged) {
        const auto a = read_all(*damaged, first);
        const auto b = read_all(*damaged, second);
        EXPECT_TRUE(!a || equal_bytes(*a, large)) << at;
        EXPECT_TRUE(!b || equal_bytes(*b, small)) << at;
        const auto report = damaged->verify();
        EXPECT_TRUE(!report || report->damage_count != 0) << at;
        (void)damaged->close();  // a damaged catalog may refuse its checkpoint
      }
      std::fstream mend(store.path() / name, std::ios::in | std::ios::out | std::ios::binary);
      mend.seekp(at);
      mend.put(good);
    }
    ASSERT_THAT(Store::open(store.path())->verify(), is_ok());
  }
}

}  // namespace
}  // namespace fhirbin::testing
