#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/fault_vfs.h"
#include "tests/support/fhir_versions.h"
#include "tests/support/folder_image.h"
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

struct FaultyBody {
  const char* name;
  std::string text;
};

// Bodies of a Binary `mine` for a store of R4, each with one thing wrong.
std::vector<FaultyBody> faulty_bodies() {
  const std::string head = R"({"resourceType":"Binary","id":"mine","contentType":"a/b",)";
  const auto with_type = [](const std::string& json) {
    return R"({"resourceType":"Binary","id":"mine",)" + json + R"("data":"aGVsbG8="})";
  };
  const auto with_data = [&](const std::string& text) {
    return head + R"("data":")" + text + "\"}";
  };
  return {
      {"not JSON", "hello"},
      {"empty", ""},
      {"truncated in the data", head + R"("data":"aGVsbG8=)"},
      {"truncated behind the data", head + R"("data":"aGVsbG8=")"},
      {"trailing text", with_data("aGVsbG8=") + " x"},
      {"duplicate member", head + R"("language":"en","language":"de"})"},
      {"duplicate member by escape", head + R"("language":"en","l\u0061nguage":"en"})"},
      {"duplicate member inside", head + R"("meta":{"source":"a","source":"a"}})"},
      {"duplicate payload", head + R"("data":"aGVsbG8=","data":"aGVsbG8="})"},
      {"duplicate type", head + R"("resourceType":"Binary"})"},
      {"unknown member", head + R"("name":"x"})"},
      {"unknown member inside", head + R"("meta":{"name":"x"}})"},
      {"narrative", head + R"("text":{"status":"empty"}})"},
      {"root extension", head + R"("extension":[{"url":"http://e"}]})"},
      {"too deep", head + R"("_language":)" + deep_extension(17) + "}"},
      {"envelope beyond 1 MiB", head + R"("language":")" + std::string(1'100'000, 'x') + "\"}"},
      {"invalid UTF-8", head + "\"language\":\"\xff\"}"},
      {"overlong UTF-8", head + "\"language\":\"\xc0\xaf\"}"},
      {"invalid UTF-8 in the data", with_data("aGVs\xff")},
      {"no content type", with_type("")},
      {"empty content type", with_type(R"("contentType":"",)")},
      {"content type is none", with_type(R"("contentType":"nonsense",)")},
      {"content type is no string", with_type(R"("contentType":5,)")},
      {"line break in content type", with_type(R"("contentType":"a/b\u000a",)")},
      {"tab in content type", with_type(R"("contentType":"a/b;\tc=d",)")},
      {"control in security context", head + R"("securityContext":{"reference":"P/1\u0007"}})"},
      {"control in language", head + R"("language":"e\u0000n"})"},
      {"wrong payload member", head + R"("content":"aGVsbG8="})"},
      {"both payload members", head + R"("data":"aGVsbG8=","content":"aGVsbG8="})"},
      {"sibling of the wrong payload member", head + R"("_content":{"id":"a"}})"},
      {"payload no string", head + R"("data":5})"},
      {"payload null", head + R"("data":null})"},
      {"URL-safe minus", with_data("aGVs-G8=")},
      {"URL-safe underscore", with_data("aGVs_G8=")},
      {"missing padding", with_data("aGVsbG8")},
      {"half the padding", with_data("aGVsbA=")},
      {"one character over", with_data("aGVsb")},
      {"padding alone", with_data("====")},
      {"three padding characters", with_data("a===")},
      {"padding in the middle", with_data("aG=sbG8=")},
      {"text behind padding", with_data("aGVsbG8=aGVs")},
      {"padding behind padding", with_data("aGVsbA===")},
      {"a character outside the alphabet", with_data("aGVs*G8=")},
      {"an escaped one", with_data(R"(aGVs\u002aG8=)")},
      {"whitespace other than the four", with_data("aGVs\\fbG8=")},
      {"no-break space", with_data(R"(aGVs\u00a0bG8=)")},
  };
}

TEST(BadInputTest, AFaultyBinaryIsRefusedAndNothingIsStored) {
  TemporaryStore store;
  const auto before = store->stats();
  for (const auto& [name, body] : faulty_bodies()) {
    SCOPED_TRACE(name);
    const auto refused = put_json(*store, body);
    EXPECT_THAT(refused, is_error(ErrorCode::kInvalidResource));
    if (!refused) {
      EXPECT_NE(refused.error().message, "");
      EXPECT_EQ(refused.error().message.find("aGVs"), std::string::npos);
    }
  }
  EXPECT_EQ(store->stats()->versions, before->versions);
  EXPECT_EQ(store->stats()->sequence, before->sequence);
  EXPECT_EQ(store->stats()->reclaimable_bytes, 0U);
  EXPECT_EQ(store->stats()->pins, 0U);
}

TEST(BadInputTest, AFaultyUpdateLeavesThePreviousVersionIntact) {
  TemporaryStore store({.update_may_create = true});
  const ByteVector content = random_bytes(300'000, 1);
  ASSERT_THAT(replace(*store, "mine", content, {}, "image/png"), is_ok());
  const auto before = store->stats();
  for (const auto& [name, body] : faulty_bodies()) {
    SCOPED_TRACE(name);
    EXPECT_THAT(replace_json(*store, "mine", body), is_error(ErrorCode::kInvalidResource));
  }
  EXPECT_EQ(store->stats()->sequence, before->sequence);
  EXPECT_EQ(store->stats()->chunks, before->chunks);
  const auto head = store->head("mine");
  ASSERT_THAT(head, is_ok());
  EXPECT_EQ(head->version, 1U);
  EXPECT_EQ(head->content_type, "image/png");
  EXPECT_TRUE(equal_bytes(*read_all(*store, "mine"), content));
  // With nothing wrong the same body is the next version.
  EXPECT_THAT(replace_json(*store, "mine",
                           R"({"resourceType":"Binary","id":"mine","contentType":"a/b",)"
                           R"("data":"aGVsbG8="})"),
              is_ok());
}

TEST(BadInputTest, MembersOfOtherFhirVersionsAreRefused) {
  for (const FhirVersion version : kAllVersions) {
    SCOPED_TRACE(fhir_version_name(version));
    TemporaryStore store({.fhir_version = version, .update_may_create = true});
    ASSERT_THAT(replace(*store, "mine", as_bytes("kept")), is_ok());
    const bool is_old = version <= FhirVersion::kStu3;
    const std::string other = is_old ? "data" : "content";
    std::vector<std::string> refused{
        hello_binary(version, "\"" + other + R"(":"aGVsbG8=",)"),
        hello_binary(version, "\"_" + other + R"(":{"id":"x"},)"),
        R"({"resourceType":"Binary","contentType":"a/b",")" + other + R"(":"aGVsbG8="})",
    };
    if (is_old) {
      refused.push_back(hello_binary(version, R"("meta":{"source":"urn:x"},)"));
    }
    if (version == FhirVersion::kDstu2) {
      refused.push_back(hello_binary(version, R"("securityContext":{"reference":"Patient/1"},)"));
    }
    for (std::string& body : refused) {
      SCOPED_TRACE(body);
      EXPECT_THAT(put_json(*store, body), is_error(ErrorCode::kInvalidResource));
      body.insert(1, R"("id":"mine",)");
      EXPECT_THAT(replace_json(*store, "mine", body), is_error(ErrorCode::kInvalidResource));
    }
    EXPECT_EQ(*read_text(*store, "mine"), "kept");
    EXPECT_EQ(store->stats()->versions, 1U);
  }
}

TEST(BadInputTest, HeaderValuesAreCheckedBeforeAnythingIsRead) {
  TemporaryStore store;
  const std::string id = put(*store, as_bytes("kept"))->id;
  const struct {
    const char* name;
    ContentInfo info;
    ErrorCode code;
  } cases[] = {
      {"missing", {.content_type = ""}, ErrorCode::kInvalidResource},
      {"no media type", {.content_type = "text"}, ErrorCode::kUnsupportedMediaType},
      {"blank", {.content_type = " \t "}, ErrorCode::kInvalidResource},
      {"line break", {.content_type = "text/plain\r\nX: y"}, ErrorCode::kUnsupportedMediaType},
      {"null character",
       {.content_type = std::string("text/plain\0", 11)},
       ErrorCode::kUnsupportedMediaType},
      {"tab inside",
       {.content_type = "text/plain;\tformat=flowed"},
       ErrorCode::kUnsupportedMediaType},
      {"escape in a quoted parameter",
       {.content_type = "text/plain;title=\"\x1b\""},
       ErrorCode::kUnsupportedMediaType},
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
      {"tab in security context",
       {.content_type = "a/b", .security_context = "Patient/\t1"},
       ErrorCode::kInvalidArgument},
      {"null character in security context",
       {.content_type = "a/b", .security_context = std::string("Patient/1\0", 10)},
       ErrorCode::kInvalidArgument},
      {"C1 control in security context",
       {.content_type = "a/b", .security_context = "Patient/\xc2\x85"},
       ErrorCode::kInvalidArgument},
      {"invalid UTF-8 in security context",
       {.content_type = "a/b", .security_context = "Patient/\xff"},
       ErrorCode::kInvalidArgument},
      {"long security context",
       {.content_type = "a/b", .security_context = std::string(1025, 'x')},
       ErrorCode::kInvalidArgument},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_THAT(store->create(bytes_source(as_bytes("x")), c.info), is_error(c.code));
    EXPECT_THAT(store->update(id, bytes_source(as_bytes("x")), c.info), is_error(c.code));
  }
  EXPECT_EQ(store->stats()->versions, 1U);
  EXPECT_EQ(*read_text(*store, id), "kept");
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

TEST(BadInputTest, VersionsAndRangesOutsideTheContentGiveNothing) {
  TemporaryStore store;
  const ByteVector content = random_bytes(200'000, 1);
  const std::string id = put(*store, content)->id;
  for (const std::uint64_t version : {std::uint64_t{0}, std::uint64_t{2}, UINT64_MAX}) {
    EXPECT_THAT(store->version(id, version), is_error(ErrorCode::kNotFound)) << version;
    EXPECT_THAT(store->open_reader(id, version), is_error(ErrorCode::kNotFound)) << version;
  }
  auto reader = store->open_reader(id);
  ASSERT_THAT(reader, is_ok());
  ByteVector out(16);
  for (const std::uint64_t offset : {std::uint64_t{200'000}, std::uint64_t{200'001}, UINT64_MAX}) {
    const auto copied = reader->read_at(offset, out);
    ASSERT_THAT(copied, is_ok()) << offset;
    EXPECT_EQ(*copied, 0U) << offset;
  }
  EXPECT_EQ(*reader->read_at(199'999, out), 1U);
  EXPECT_EQ(out.front(), content.back());
}

TEST(BadInputTest, PageTokensOfNoStoreAreRefused) {
  TemporaryStore store;
  const std::string id = put(*store, as_bytes("x"))->id;
  for (const char* const token : {"x", "-1", "1 ", "9223372036854775808", "18446744073709551615"}) {
    SCOPED_TRACE(token);
    EXPECT_THAT(store->history(id, {.page_token = token}), is_error(ErrorCode::kInvalidArgument));
    EXPECT_THAT(store->history({.page_token = token}), is_error(ErrorCode::kInvalidArgument));
  }
  EXPECT_THAT(store->list({.page_token = "a/b"}), is_error(ErrorCode::kInvalidArgument));
}

TEST(BadInputTest, AFullDiskKeepsThePreviousVersionAndTheStoreUsable) {
  FaultVfs::install();
  store::Environment environment = store::system_environment();
  environment.vfs = FaultVfs::kSealedName;
  TemporaryStore store({}, {}, environment);
  const ByteVector content = random_bytes(400'000, 1);
  const std::string id = put(*store, content)->id;
  for (const std::size_t size : {std::size_t{10}, std::size_t{900'000}}) {
    SCOPED_TRACE(size);
    FaultVfs::writes_until_full = 0;
    const auto refused = replace(*store, id, random_bytes(size, 2));
    const auto removed = store->remove(id);
    const auto kept = read_all(*store, id);
    FaultVfs::writes_until_full = -1;
    EXPECT_THAT(refused, is_error(ErrorCode::kNoSpace));
    EXPECT_THAT(removed, is_error(ErrorCode::kNoSpace));
    ASSERT_THAT(kept, is_ok());
    EXPECT_TRUE(equal_bytes(*kept, content));
    EXPECT_EQ(store->head(id)->version, 1U);
  }
  EXPECT_THAT(replace(*store, id, random_bytes(900'000, 2)), is_ok());
  EXPECT_EQ(store->head(id)->version, 2U);
  EXPECT_EQ(store->verify()->damage_count, 0U);
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

  const std::filesystem::path file = folder.path() / "file";
  std::ofstream(file) << "not a store";
  std::filesystem::create_directory(folder.path() / "empty");
  std::ofstream(folder.path() / "empty/catalog.db").flush();
  std::filesystem::create_directory(folder.path() / "other");
  std::ofstream(folder.path() / "other/catalog.db") << "SQLite format 3" << std::string(8177, '\0');
  const FolderImage before = take_folder_image(folder.path());
  EXPECT_THAT(Store::open(file), is_error(ErrorCode::kIncompatibleFormat));
  EXPECT_THAT(Store::open(folder.path() / "empty"), is_error(ErrorCode::kIncompatibleFormat));
  EXPECT_THAT(Store::open(folder.path() / "other"), is_error(ErrorCode::kIncompatibleFormat));
  EXPECT_EQ(take_folder_image(folder.path()), before);
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
  const FolderImage before = take_folder_image(store.path());
  EXPECT_THAT(Store::open(store.path()), is_error(ErrorCode::kIncompatibleFormat));
  EXPECT_THAT(Store::open(store.path(), {.read_only = true}),
              is_error(ErrorCode::kIncompatibleFormat));
  EXPECT_THAT(Store::open_or_create(store.path()), is_error(ErrorCode::kIncompatibleFormat));
  EXPECT_EQ(take_folder_image(store.path()), before);
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
