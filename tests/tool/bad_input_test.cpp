#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "tests/support/file_text.h"
#include "tests/support/folder_image.h"
#include "tests/tool/tool_process.h"

namespace fhirbin {
namespace {

using testing::file_text;
using testing::take_folder_image;
using testing::write_file;

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

class BadInputTest : public ToolTest {
 protected:
  // Refused with one line that begins like every message, and nothing on standard output.
  void expect_refusal(const ToolRun& run, int status) {
    EXPECT_EQ(run.status, status) << run.err;
    EXPECT_THAT(run.out, IsEmpty());
    EXPECT_THAT(run.err, StartsWith("fhirbin: "));
    EXPECT_EQ(std::ranges::count(run.err, '\n'), 1);
  }
};

TEST_F(BadInputTest, AFaultyResourceIsInvalidInputAndStoresNothing) {
  init({"--update-may-create"});
  ASSERT_EQ(on_store("put", {"--id", "mine", "--content-type", "text/plain"}, "kept").status, 0);
  const std::string head = R"({"resourceType":"Binary","id":"mine","contentType":"a/b",)";
  const struct {
    const char* name;
    std::string body;
  } cases[] = {
      {"not JSON", "hello"},
      {"empty", ""},
      {"truncated", head + R"("data":"aGVs)"},
      {"duplicate member", head + R"("language":"en","language":"de"})"},
      {"unknown member", head + R"("name":"x"})"},
      {"wrong payload member", head + R"("content":"aGVsbG8="})"},
      {"no content type", R"({"resourceType":"Binary","id":"mine","data":"aGVsbG8="})"},
      {"bad base64", head + R"("data":"aGV-"})"},
      {"no padding", head + R"("data":"aGVsbG8"})"},
      {"invalid UTF-8", head + "\"language\":\"\xff\"}"},
      {"envelope too large", head + R"("language":")" + std::string(1'100'000, 'x') + "\"}"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    expect_refusal(on_store("put", {"--content-type", "application/fhir+json"}, c.body), 6);
    const ToolRun update =
        on_store("put", {"--content-type", "application/fhir+json", "--id", "mine"}, c.body);
    expect_refusal(update, 6);
    EXPECT_THAT(update.err, Not(HasSubstr("aGV")));
  }
  EXPECT_EQ(count(on_store("history", {"--json"}).out, "versions"), 1U);
  EXPECT_EQ(on_store("get", {"mine"}).out, "kept");
  EXPECT_EQ(on_store("verify").status, 0);
}

TEST_F(BadInputTest, BadHeaderValuesAreInvalidInput) {
  init();
  const std::string id = put("kept");
  const std::vector<std::string> cases[] = {
      {"--content-type", "nonsense"},
      {"--content-type", ""},
      {"--content-type", "text/plain\r\nX: y"},
      {"--content-type", "text/plain;\tx=y"},
      {"--content-type", "text/" + std::string(300, 'x')},
      {"--content-type", "application/fhir+json;charset=latin1"},
      {"--content-type", "application/fhir+json;fhirVersion=3.0"},
      {"--content-type", "text/plain", "--security-context", "Patient/1\n"},
      {"--content-type", "text/plain", "--security-context", "Patient/\xff"},
      {"--content-type", "text/plain", "--security-context", std::string(1025, 'x')},
  };
  for (std::vector<std::string> arguments : cases) {
    SCOPED_TRACE(::testing::PrintToString(arguments));
    expect_refusal(on_store("put", arguments, "x"), 6);
    arguments.insert(arguments.end(), {"--id", id});
    expect_refusal(on_store("put", arguments, "x"), 6);
  }
  EXPECT_EQ(count(on_store("history", {"--json"}).out, "versions"), 1U);
}

TEST_F(BadInputTest, AListingFilterThatIsNoMediaTypeIsInvalidInput) {
  init();
  put("x");
  for (const char* const filter : {"text", "text/plain; charset=utf-8", "*"}) {
    SCOPED_TRACE(filter);
    expect_refusal(on_store("ls", {"--content-type", filter}), 6);
  }
}

TEST_F(BadInputTest, WhatIsNoStoreIsLeftAlone) {
  std::filesystem::create_directory(file("empty"));
  write_file(file("file"), "text");
  std::filesystem::create_directory(file("other"));
  write_file(file("other/catalog.db"),
             std::string("SQLite format 3\0", 16) + std::string(8176, 'x'));
  init();
  put("x");
  // A store of a newer format: user_version, big-endian, in SQLite's header.
  std::fstream catalog(store() + "/catalog.db", std::ios::in | std::ios::out | std::ios::binary);
  catalog.seekp(60);
  catalog.write("\0\0\0\x63", 4);
  catalog.close();
  const auto before = take_folder_image(folder_.path());
  for (const std::string& path : {file("empty"), file("file"), file("other"), store()}) {
    SCOPED_TRACE(path);
    for (const std::vector<std::string>& arguments : {std::vector<std::string>{"ls", path},
                                                      {"put", path, "--content-type", "text/plain"},
                                                      {"verify", path},
                                                      {"gc", path}}) {
      expect_refusal(run_tool(arguments), 9);
    }
  }
  expect_refusal(run_tool({"ls", file("nothing")}), 3);
  EXPECT_EQ(take_folder_image(folder_.path()), before);
}

TEST_F(BadInputTest, ASourceOrTargetThatCannotBeUsedIsAFailure) {
  init();
  const std::string id = put("x");
  expect_refusal(on_store("put", {file(""), "--content-type", "text/plain"}), 1);
  expect_refusal(on_store("get", {id, "-o", file("no/such/folder")}), 1);
  const ToolRun folder = on_store("get", {id, "-o", store()});
  expect_refusal(folder, 6);
  EXPECT_THAT(folder.err, HasSubstr(store()));
  EXPECT_EQ(count(on_store("ls", {"--json"}).out, "binaries"), 1U);
}

// Runs the command by a shell, which can close a standard stream.
int status_of(const std::string& command) {
  const int status = std::system(command.c_str());
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST_F(BadInputTest, AClosedStandardStreamIsAFailureAndNeverAFileOfTheStore) {
  init();
  const std::string id = put(noise(300'000), "application/octet-stream");
  const std::string tool = "'" FHIRBIN_TOOL "' ";
  const std::string quiet = " 2>'" + file("err") + "'";
  // Nothing can be read, so there is no content; an empty Binary would be made up.
  EXPECT_EQ(status_of(tool + "put '" + store() + "' --content-type a/b <&-" + quiet), 1);
  EXPECT_THAT(file_text(file("err")), HasSubstr("fhirbin: "));
  EXPECT_EQ(status_of(tool + "put '" + store() + "' --content-type a/b <&- >&- 2>&-"), 1);
  EXPECT_EQ(count(on_store("ls", {"--json"}).out, "binaries"), 1U);
  for (const std::string command : {"get", "show", "dump"}) {
    SCOPED_TRACE(command);
    EXPECT_EQ(status_of(tool + command + " '" + store() + "' " + id + " >&-" + quiet), 1);
    EXPECT_EQ(status_of(tool + command + " '" + store() + "' " + id + " <&- >&- 2>&-"), 1);
  }
  EXPECT_EQ(status_of(tool + "get '" + store() + "' nobody 2>&-"), 3);
  EXPECT_EQ(on_store("verify").status, 0);
}

TEST_F(BadInputTest, AcceptFitsAContentTypeWhateverItsParameters) {
  init();
  for (const char* const type :
       {"text/plain; title=\"a;b\"", "text/plain;;", "text/plain ; x=\"q\\\"\"", "TEXT/Plain"}) {
    SCOPED_TRACE(type);
    const std::string id = put("hello", type);
    for (const char* const accept : {"text/plain", "text/*", "*/*"}) {
      EXPECT_EQ(on_store("get", {id, "--accept", accept}).out, "hello") << accept;
    }
    EXPECT_EQ(on_store("get", {id, "--accept", "text/html"}).status, 6);
  }
}

}  // namespace
}  // namespace fhirbin
