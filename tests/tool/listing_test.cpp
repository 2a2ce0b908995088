#include <algorithm>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "tests/support/file_text.h"
#include "tests/tool/tool_process.h"

namespace fhirbin {
namespace {

using testing::file_text;

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

TEST_F(ToolTest, ListingsShowWhatIsThere) {
  init();
  EXPECT_THAT(on_store("ls").out, IsEmpty());
  EXPECT_EQ(on_store("ls", {"--json"}).out, "{\"binaries\":[]}\n");
  const std::string text_id = put("hello");
  const std::string image_id = put("png", "image/png");
  ASSERT_EQ(on_store("rm", {image_id}).status, 0);

  const ToolRun plain = on_store("ls");
  EXPECT_THAT(plain.out, StartsWith("ID "));
  EXPECT_THAT(plain.out, HasSubstr(text_id));
  EXPECT_THAT(plain.out, HasSubstr("text/plain"));
  EXPECT_THAT(plain.out, HasSubstr(" 5 B "));
  EXPECT_THAT(plain.out, Not(HasSubstr(image_id)));
  EXPECT_THAT(on_store("ls", {"--deleted"}).out, HasSubstr(image_id));
  EXPECT_EQ(count(on_store("ls", {"--deleted", "--json"}).out, "binaries"), 2U);
  EXPECT_EQ(count(on_store("ls", {"--content-type", "text/html", "--json"}).out, "binaries"), 0U);
  EXPECT_EQ(count(on_store("ls", {"--content-type", "text/plain", "--json"}).out, "binaries"), 1U);
  EXPECT_EQ(count(on_store("ls", {"--since", "2200-01-01", "--json"}).out, "binaries"), 0U);

  EXPECT_EQ(count(on_store("history", {"--json"}).out, "versions"), 3U);
  EXPECT_EQ(count(on_store("history", {image_id, "--json"}).out, "versions"), 2U);
  EXPECT_THAT(on_store("history", {image_id}).out, HasSubstr("deleted"));
}

TEST_F(ToolTest, AListingCanBeTakenInPieces) {
  init();
  for (int turn = 0; turn < 5; ++turn) {
    put("x");
  }
  EXPECT_EQ(count(on_store("ls", {"--json"}).out, "binaries"), 5U);
  std::string token;
  std::vector<std::size_t> sizes;
  for (int turn = 0; turn < 3; ++turn) {
    std::vector<std::string> more{"--limit", "2", "--json"};
    if (!token.empty()) {
      more.insert(more.end(), {"--page-token", token});
    }
    const std::string page = on_store("ls", more).out;
    sizes.push_back(count(page, "binaries"));
    token = turn < 2 ? text(page, "next_page_token") : "";
    if (turn == 2) {
      EXPECT_THAT(page, Not(HasSubstr("next_page_token")));
    }
  }
  EXPECT_EQ(sizes, (std::vector<std::size_t>{2, 2, 1}));
  const ToolRun human = on_store("history", {"--limit", "3"});
  EXPECT_EQ(std::ranges::count(human.out, '\n'), 4);
  EXPECT_THAT(human.err, HasSubstr("--page-token "));
}

TEST_F(ToolTest, ShowTellsWhatIsKnown) {
  init();
  const ToolRun run = on_store(
      "put",
      {"--content-type", "text/plain", "--security-context", "Patient/\xC3\xA9\"7\\", "--json"},
      "hello");
  ASSERT_EQ(run.status, 0) << run.err;
  const std::string id = text(run.out, "id");
  const std::string shown = on_store("show", {id + "/1", "--json"}).out;
  EXPECT_EQ(text(shown, "security_context"), "Patient/\xC3\xA9\"7\\");
  EXPECT_EQ(text(shown, "reference"), "Binary/" + id + "/_history/1");
  EXPECT_EQ(number(shown, "size_bytes"), 5U);
  EXPECT_EQ(text(shown, "xxh3_128").size(), 32U);
  const std::string human = on_store("show", {id}).out;
  EXPECT_THAT(human, HasSubstr("Patient/\xC3\xA9\"7\\"));
  EXPECT_THAT(human, HasSubstr("Size"));
}

TEST_F(ToolTest, ChangesComeOneAfterTheOther) {
  init();
  const std::string id = put("a");
  ASSERT_EQ(on_store("put", {"--id", id, "--content-type", "text/plain"}, "b").status, 0);
  ASSERT_EQ(on_store("rm", {id}).status, 0);
  const std::string lines = on_store("changes", {"--json"}).out;
  std::vector<std::string> actions;
  std::string last;
  for (std::size_t start = 0; start < lines.size();) {
    const std::size_t end = lines.find('\n', start);
    last = lines.substr(start, end - start);
    actions.push_back(text(last, "action"));
    start = end + 1;
  }
  EXPECT_EQ(actions, (std::vector<std::string>{"create", "update", "delete"}));
  const std::string after = std::to_string(number(last, "sequence") - 1);
  EXPECT_EQ(on_store("changes", {"--json", "--after", after}).out, last + '\n');
  EXPECT_THAT(on_store("changes").out, HasSubstr("delete"));
  const std::string notification = on_store("changes", {"--notifications", "--after", after}).out;
  EXPECT_EQ(std::ranges::count(notification, '\n'), 1);
  const std::string attributes = simdjson::to_string(parse(notification)["attributes"].value());
  EXPECT_EQ(text(attributes, "resourceType"), "Binary");
}

TEST_F(ToolTest, ExportsReportBesideTheData) {
  init();
  put("small");
  put(std::string(2000, 'x'));
  const ToolRun piped = on_store("export", {"--inline-limit", "1000"});
  EXPECT_EQ(piped.status, 0);
  EXPECT_EQ(std::ranges::count(piped.out, '\n'), 2);
  EXPECT_THAT(piped.out, HasSubstr("\"unsupported\""));
  EXPECT_THAT(piped.err, HasSubstr("2 lines"));
  EXPECT_THAT(piped.err, HasSubstr("1 with data, 1 substituted"));

  const ToolRun json = on_store("export", {"--json"});
  EXPECT_EQ(number(json.err, "inlined"), 2U);
  const ToolRun to_file = on_store("export", {"-o", file("e.ndjson"), "--json"});
  EXPECT_EQ(number(to_file.out, "lines"), 2U);
  EXPECT_EQ(file_text(file("e.ndjson")), json.out);
  EXPECT_EQ(on_store("export", {"--measure", "serialized", "--inline-limit", "1000"}).status, 0);
  EXPECT_EQ(on_store("export", {"--since", "2200-01-01"}).out, "");
}

TEST_F(ToolTest, AnExportOfTheHistoryHasEveryVersion) {
  init();
  const std::string id = put("1");
  ASSERT_EQ(on_store("put", {"--id", id, "--content-type", "text/plain"}, "2").status, 0);
  EXPECT_EQ(std::ranges::count(on_store("export").out, '\n'), 1);
  EXPECT_EQ(std::ranges::count(on_store("export", {"--history"}).out, '\n'), 2);
}

TEST_F(ToolTest, FiguresAreExactInJsonAndReadableOtherwise) {
  init({"--fhir-version", "stu3"});
  put(std::string(3000, 'a'));
  const std::string stat = on_store("stat", {"--json"}).out;
  EXPECT_EQ(number(stat, "binaries"), 1U);
  EXPECT_EQ(number(stat, "logical_bytes"), 3000U);
  EXPECT_EQ(text(stat, "fhir_version"), "STU3");
  EXPECT_GE(count(stat, "media_types"), 1U);
  const std::string human = on_store("stat").out;
  EXPECT_THAT(human, HasSubstr("2.9 KiB (3,000 bytes)"));
  EXPECT_THAT(human, HasSubstr("text/plain"));
}

TEST_F(ToolTest, DumpShowsTheStructure) {
  init();
  const std::string id = put(noise(1'000'000), "application/octet-stream");
  const std::string store_json = on_store("dump", {"--json"}).out;
  EXPECT_GE(count(store_json, "volumes"), 1U);
  EXPECT_THAT(on_store("dump").out, HasSubstr("VOLUME"));
  const std::string version_json = on_store("dump", {id + "/1", "--json"}).out;
  EXPECT_EQ(text(version_json, "placement"), "chunks");
  EXPECT_GE(count(version_json, "chunks"), 1U);
  EXPECT_THAT(on_store("dump", {id}).out, HasSubstr("CODEC"));
}

TEST_F(ToolTest, EveryResultCanBeJson) {
  const ToolRun made = run_tool({"init", store(), "--json"});
  EXPECT_EQ(text(made.out, "fhir_version"), "R4");
  const std::string id = put("x");
  for (const std::string command : {"ls", "history", "stat", "dump", "verify", "gc"}) {
    SCOPED_TRACE(command);
    const ToolRun run = on_store(command, {"--json"});
    EXPECT_EQ(run.status, 0);
    EXPECT_THAT(run.err, IsEmpty());
    parse(run.out);
  }
  EXPECT_EQ(text(on_store("rm", {id, "--json"}).out, "id"), id);
  EXPECT_EQ(on_store("rm", {id, "--json"}).out, "{\"deleted\":false}\n");
}

}  // namespace
}  // namespace fhirbin
