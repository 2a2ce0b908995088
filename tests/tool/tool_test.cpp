#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <linux/capability.h>
#include <sys/prctl.h>

#include "tests/support/file_text.h"
#include "tests/support/sanitized.h"
#include "tests/tool/tool_process.h"

namespace fhirbin {
namespace {

using testing::file_text;
using testing::write_file;

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::Not;

TEST_F(ToolTest, ABinaryLivesFromInitToDeletion) {
  init();
  const std::string id = put("first");
  const ToolRun update =
      on_store("put", {"--id", id, "--content-type", "text/plain", "--if-match", "1"}, "second");
  EXPECT_EQ(update.out, "Binary/" + id + "/_history/2\n") << update.err;
  EXPECT_EQ(on_store("get", {id}).out, "second");
  EXPECT_EQ(on_store("get", {id + "/1"}).out, "first");
  EXPECT_EQ(on_store("get", {"Binary/" + id + "/_history/1"}).out, "first");

  EXPECT_EQ(on_store("rm", {id}).out, "Binary/" + id + "/_history/3\n");
  EXPECT_EQ(on_store("get", {id}).status, 4);
  EXPECT_EQ(on_store("get", {id + "/3"}).status, 4);
  EXPECT_EQ(on_store("get", {id + "/1"}).out, "first");
  EXPECT_THAT(on_store("show", {id}).out, HasSubstr("deleted"));

  const ToolRun again = on_store("rm", {id});
  EXPECT_EQ(again.status, 0);
  EXPECT_EQ(again.out, "nothing to delete\n");
  EXPECT_EQ(on_store("verify").status, 0);
}

TEST_F(ToolTest, ContentComesFromAFileOrStandardInputAndGoesToOne) {
  init();
  const std::string content = noise(300'000);
  write_file(file("in"), content);
  const std::vector<std::string> type{"--content-type", "image/png"};
  const ToolRun from_file = on_store("put", {file("in"), "--content-type", "image/png", "--json"});
  ASSERT_EQ(from_file.status, 0) << from_file.err;
  EXPECT_EQ(number(from_file.out, "size_bytes"), content.size());
  EXPECT_EQ(on_store("get", {text(from_file.out, "id")}).out, content);

  const ToolRun from_dash = on_store("put", {"-", "--content-type", "image/png"}, content);
  ASSERT_EQ(from_dash.status, 0) << from_dash.err;
  EXPECT_THAT(from_dash.out, MatchesRegex("Binary/[A-Za-z0-9.-]+/_history/1\n"));
  std::string reference = from_dash.out;
  reference.pop_back();
  EXPECT_EQ(on_store("get", {reference, "-o", "-"}).out, content);

  const ToolRun to_file = on_store("get", {reference, "-o", file("out"), "--json"});
  EXPECT_EQ(to_file.status, 0) << to_file.err;
  EXPECT_EQ(text(to_file.out, "reference"), reference);
  EXPECT_EQ(file_text(file("out")), content);
  EXPECT_EQ(on_store("put", {file("missing"), "--content-type", "a/b"}).status, 3);
}

TEST_F(ToolTest, AFailedGetLeavesTheTargetAsItWas) {
  init();
  const std::string id = put("short");
  write_file(file("kept"), "kept");
  const std::size_t files = folder_.names().size();
  EXPECT_EQ(on_store("get", {id, "--range", "9-", "-o", file("kept")}).status, 6);
  EXPECT_EQ(on_store("get", {"nobody", "-o", file("new")}).status, 3);
  EXPECT_EQ(file_text(file("kept")), "kept");
  EXPECT_EQ(folder_.names().size(), files);
}

TEST_F(ToolTest, RangesCountAsHttpCounts) {
  init();
  const std::string id = put("0123456789");
  const std::string empty = put("");
  const struct {
    std::string id;
    const char* range;
    int status;
    const char* out;
  } cases[] = {
      {id, "2-4", 0, "234"},
      {id, "0-0", 0, "0"},
      {id, "7-", 0, "789"},
      {id, "-3", 0, "789"},
      {id, "-99", 0, "0123456789"},
      {id, "9-99", 0, "9"},
      {id, "8-99999999999999999999999", 0, "89"},
      {id, "10-", 6, ""},
      {id, "10-12", 6, ""},
      {id, "-0", 6, ""},
      {id, "4-2", 6, ""},
      {id, "-", 6, ""},
      {id, "", 6, ""},
      {id, "5", 6, ""},
      {id, "a-b", 6, ""},
      {id, "1-2-3", 6, ""},
      {id, "0x1-2", 6, ""},
      {id, "+1-2", 6, ""},
      {empty, "0-", 6, ""},
      {empty, "-1", 6, ""},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.range);
    const ToolRun run = on_store("get", {c.id, "--range", c.range});
    EXPECT_EQ(run.status, c.status) << run.err;
    EXPECT_EQ(run.out, c.out);
  }
}

TEST_F(ToolTest, ARangeMayCrossManyChunks) {
  init();
  const std::string content = noise(5'000'000);
  const std::string id = put(content, "application/octet-stream");
  EXPECT_TRUE(on_store("get", {id, "--range", "1000001-4000000"}).out ==
              content.substr(1000001, 3000000));
}

TEST_F(ToolTest, AcceptChoosesTheForm) {
  init();
  const std::string id = put("hello", "Text/Plain; charset=utf-8");
  const struct {
    const char* accept;
    int status;
    const char* in_output;
  } cases[] = {
      {"text/plain", 0, "hello"},
      {"TEXT/plain;q=0.5", 0, "hello"},
      {"text/*", 0, "hello"},
      {"*/*", 0, "hello"},
      {"application/fhir+json", 0, "\"data\":\"aGVsbG8=\""},
      {"Application/JSON+FHIR", 0, "\"resourceType\":\"Binary\""},
      {"application/fhir+json; fhirVersion=4.0; charset=UTF-8", 0, "\"data\":\"aGVsbG8=\""},
      {"application/fhir+json; fhirVersion=3.0", 6, ""},
      {"application/fhir+json; charset=latin1", 6, ""},
      {"image/png", 6, ""},
      {"image/*", 6, ""},
      {"text/html", 6, ""},
      {"text", 6, ""},
      {"", 6, ""},
      {"text/plain, */*", 6, ""},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.accept);
    const ToolRun run = on_store("get", {id, "--accept", c.accept});
    EXPECT_EQ(run.status, c.status) << run.err;
    EXPECT_THAT(run.out, HasSubstr(c.in_output));
    EXPECT_TRUE(run.status == 0 || run.out.empty());
  }
  EXPECT_EQ(on_store("get", {id, "--accept", "application/fhir+json", "-o", file("r")}).status, 0);
  EXPECT_EQ(text(file_text(file("r")), "resourceType"), "Binary");
}

TEST_F(ToolTest, FhirJsonIsReadAsAResource) {
  init();
  const ToolRun good =
      on_store("put", {"--content-type", "application/fhir+json", "--json"},
               R"({"resourceType":"Binary","contentType":"text/plain","data":"aGVsbG8="})");
  ASSERT_EQ(good.status, 0) << good.err;
  EXPECT_EQ(text(good.out, "content_type"), "text/plain");
  EXPECT_EQ(on_store("get", {text(good.out, "id")}).out, "hello");
  const struct {
    const char* name;
    const char* body;
    int status;
  } cases[] = {
      {"no content type", R"({"resourceType":"Binary","data":"aGVsbG8="})", 6},
      {"an export line",
       R"({"resourceType":"Binary","contentType":"text/plain","_data":)"
       R"({"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/)"
       R"(data-absent-reason","valueCode":"unsupported"}]}})",
       5},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(on_store("put", {"--content-type", "application/fhir+json"}, c.body).status,
              c.status);
  }
}

TEST_F(ToolTest, PreconditionsAndChosenIdsAreKept) {
  init();
  const std::string id = put("one");
  const std::vector<std::string> update{"--content-type", "text/plain", "--id", id};
  const auto with = [&update](std::vector<std::string> more) {
    more.insert(more.begin(), update.begin(), update.end());
    return more;
  };
  EXPECT_EQ(on_store("put", with({"--if-match", "7"}), "x").status, 5);
  EXPECT_EQ(on_store("put", with({"--if-none-match"}), "x").status, 5);
  EXPECT_EQ(on_store("put", with({"--if-match", "0"}), "x").status, 6);
  EXPECT_EQ(on_store("put", with({"--if-match", "one"}), "x").status, 6);
  EXPECT_EQ(on_store("rm", {id, "--if-match", "7"}).status, 5);
  EXPECT_EQ(on_store("rm", {id, "--if-match", "-1"}).status, 6);
  EXPECT_EQ(on_store("get", {id}).out, "one");
  EXPECT_EQ(on_store("put", {"--content-type", "text/plain", "--id", "mine"}, "x").status, 3);
}

TEST_F(ToolTest, AStoreMayLetPutChooseIds) {
  init({"--update-may-create"});
  const ToolRun run =
      on_store("put", {"--content-type", "text/plain", "--id", "mine", "--if-none-match"}, "x");
  EXPECT_EQ(run.out, "Binary/mine/_history/1\n") << run.err;
}

TEST_F(ToolTest, IdsAndVersionsOutsideTheirGrammarAreInvalidInput) {
  init();
  const std::string id = put("x");
  for (const std::string& reference :
       {std::string("under_score"), std::string(65, 'a'), std::string(), std::string("a b"),
        id + "/", id + "/0", id + "/01", id + "/-1", id + "/x", id + "/1/2",
        id + "/18446744073709551616", "Binary/" + id + "/_history/"}) {
    SCOPED_TRACE(reference);
    for (const char* command : {"get", "show", "dump"}) {
      EXPECT_EQ(on_store(command, {reference}).status, 6) << command;
    }
  }
  for (const char* command : {"rm", "purge", "history"}) {
    EXPECT_EQ(on_store(command, {id + "/1"}).status, 6) << command;
  }
}

TEST_F(ToolTest, OtherExitStatusesAreReached) {
  init();
  const std::string id = put("x");
  EXPECT_EQ(on_store("get", {id + "/2"}).status, 3);
  EXPECT_EQ(on_store("show", {"nobody"}).status, 3);
  EXPECT_EQ(on_store("history", {"nobody"}).status, 3);
  EXPECT_EQ(on_store("dump", {"nobody"}).status, 3);
  EXPECT_EQ(on_store("purge", {"nobody"}).status, 3);
  EXPECT_EQ(run_tool({"stat", file("nothing")}).status, 3);
  EXPECT_EQ(on_store("init").status, 6);
  EXPECT_EQ(on_store("purge", {id, "--keep", "0"}).status, 6);
  EXPECT_EQ(on_store("put", {"--content-type", "nonsense"}, "x").status, 6);
  EXPECT_EQ(on_store("ls", {"--since", "yesterday"}).status, 6);
  EXPECT_EQ(on_store("history", {"--since", "2026-13-01"}).status, 6);
  EXPECT_EQ(on_store("export", {"--since", "x"}).status, 6);
  EXPECT_EQ(run_tool({"init", file("no/such/parent")}).status, 3);

  std::filesystem::create_directory(file("other"));
  write_file(file("other/catalog.db"), std::string(8192, 'x'));
  EXPECT_EQ(run_tool({"ls", file("other")}).status, 9);
}

// Runs the command as somebody whom the mode of files binds, as it does not bind root; its standard
// output goes to `out`. Returns its exit status.
int run_bound_by_modes(const std::vector<std::string>& arguments, const StreamFile& out) {
  std::vector<char*> argv{const_cast<char*>(FHIRBIN_TOOL)};
  for (const std::string& argument : arguments) {
    argv.push_back(const_cast<char*>(argument.c_str()));
  }
  argv.push_back(nullptr);
  const pid_t child = ::fork();
  if (child == 0) {
    // What is not in the bounding set is lost at exec.
    (void)::prctl(PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, 0, 0, 0);
    (void)::prctl(PR_CAPBSET_DROP, CAP_DAC_READ_SEARCH, 0, 0, 0);
    ::dup2(out.descriptor(), 1);
    ::execv(FHIRBIN_TOOL, argv.data());
    ::_exit(127);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void set_modes(const std::filesystem::path& folder, std::filesystem::perms file,
               std::filesystem::perms directory) {
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    std::filesystem::permissions(entry.path(), entry.is_directory() ? directory : file);
  }
  std::filesystem::permissions(folder, directory);
}

TEST_F(ToolTest, AStoreThatMayNotBeWrittenCanBeRead) {
  using std::filesystem::perms;
  init();
  const std::string small = put("small");
  const std::string large = noise(700'000);
  const std::string in_chunks = put(large, "a/b");
  set_modes(store(), perms::owner_read, perms::owner_read | perms::owner_exec);
  const struct {
    std::vector<std::string> arguments;
    int status;
    std::string out;
  } cases[] = {{{"get", store(), small}, 0, "small"},
               {{"get", store(), in_chunks}, 0, large},
               {{"put", store(), "/dev/null", "--content-type", "a/b"}, 1, ""},
               {{"rm", store(), small}, 1, ""},
               {{"gc", store()}, 1, ""}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.arguments.front());
    const StreamFile out;
    EXPECT_EQ(run_bound_by_modes(c.arguments, out), c.status);
    EXPECT_EQ(out.text(), c.out);
  }
  for (const char* command : {"ls", "history", "changes", "stat", "dump", "export", "verify"}) {
    EXPECT_EQ(run_bound_by_modes({command, store()}, StreamFile()), 0) << command;
  }
  set_modes(store(), perms::owner_read | perms::owner_write, perms::owner_all);
  EXPECT_EQ(on_store("rm", {small}).status, 0);
}

TEST_F(ToolTest, MoreThanTheLimitIsTooLarge) {
  if (testing::kIsSanitized) {
    GTEST_SKIP() << "a gigabyte takes too long here";
  }
  init();
  write_file(file("huge"), "");
  std::filesystem::resize_file(file("huge"), (std::uintmax_t{1} << 30) + 1);
  EXPECT_EQ(on_store("put", {file("huge"), "--content-type", "a/b"}).status, 7);
  EXPECT_EQ(count(on_store("ls", {"--json"}).out, "binaries"), 0U);
}

TEST_F(ToolTest, DamageIsFoundAndNamed) {
  init();
  const std::string id = put(noise(2'000'000), "application/octet-stream");
  ASSERT_EQ(on_store("verify").status, 0);
  // The middle of the largest file is content.
  std::filesystem::path largest;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(store())) {
    if (entry.is_regular_file() &&
        (largest.empty() || entry.file_size() > std::filesystem::file_size(largest))) {
      largest = entry.path();
    }
  }
  std::fstream damaged(largest, std::ios::in | std::ios::out | std::ios::binary);
  damaged.seekp(static_cast<std::streamoff>(std::filesystem::file_size(largest) / 2));
  damaged << std::string(64, 'x');
  damaged.close();

  EXPECT_EQ(on_store("get", {id}).status, 9);
  const ToolRun verify = on_store("verify", {"--json"});
  EXPECT_EQ(verify.status, 9);
  EXPECT_GE(number(verify.out, "damage_count"), 1U);
  EXPECT_GE(count(verify.out, "damages"), 1U);
  EXPECT_THAT(on_store("verify").out, HasSubstr(id));
}

TEST_F(ToolTest, PurgedVersionsAreGoneForGood) {
  init();
  const std::string id = put("1");
  for (const char* content : {"2", "3", "4"}) {
    ASSERT_EQ(on_store("put", {"--id", id, "--content-type", "text/plain"}, content).status, 0);
  }
  EXPECT_EQ(number(on_store("purge", {id, "--keep", "2", "--json"}).out, "versions_purged"), 2U);
  EXPECT_EQ(on_store("get", {id + "/2"}).status, 3);
  EXPECT_EQ(on_store("get", {id + "/3"}).out, "3");
  EXPECT_THAT(on_store("purge", {id}).out, HasSubstr("purged 1 version"));
  EXPECT_EQ(on_store("get", {id}).out, "4");
  EXPECT_EQ(on_store("gc").status, 0);
  parse(on_store("gc", {"--json"}).out);
}

}  // namespace
}  // namespace fhirbin
