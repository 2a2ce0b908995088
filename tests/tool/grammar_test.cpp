#include <array>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "tests/tool/tool_process.h"

namespace fhirbin {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr std::array kCommands{"init", "put",   "get",    "show", "ls",   "history", "changes",
                               "rm",   "purge", "export", "stat", "dump", "verify",  "gc"};

TEST_F(ToolTest, EveryCommandExplainsItselfWithAnExample) {
  for (const std::string command : kCommands) {
    SCOPED_TRACE(command);
    for (const std::string flag : {"--help", "-h"}) {
      const ToolRun run = run_tool({command, flag});
      EXPECT_EQ(run.status, 0);
      EXPECT_THAT(run.out, HasSubstr("Usage: fhirbin " + command + " "));
      EXPECT_THAT(run.out, HasSubstr("Example:\n  fhirbin " + command + " "));
      EXPECT_THAT(run.out, HasSubstr("--json"));
      EXPECT_THAT(run.err, IsEmpty());
    }
  }
}

TEST_F(ToolTest, TheFirstScreenNamesEveryCommandAndFitsATerminal) {
  const ToolRun run = run_tool({"--help"});
  EXPECT_EQ(run.status, 0);
  for (const std::string command : kCommands) {
    EXPECT_THAT(run.out, HasSubstr("\n  " + command + " "));
  }
  EXPECT_THAT(run.out, HasSubstr("  fhirbin put "));
  EXPECT_LE(std::ranges::count(run.out, '\n'), 30);
  for (std::size_t start = 0; start < run.out.size();) {
    const std::size_t end = run.out.find('\n', start);
    EXPECT_LE(end - start, 80U) << run.out.substr(start, end - start);
    start = end + 1;
  }
}

TEST_F(ToolTest, EveryHelpFitsATerminal) {
  for (const std::string command : kCommands) {
    SCOPED_TRACE(command);
    const std::string help = run_tool({command, "--help"}).out;
    for (std::size_t start = 0; start < help.size();) {
      const std::size_t end = help.find('\n', start);
      EXPECT_LE(end - start, 80U) << help.substr(start, end - start);
      start = end + 1;
    }
  }
}

TEST_F(ToolTest, AnOptionGivenTwiceIsAUsageError) {
  init();
  const ToolRun run = on_store("put", {"--content-type", "a/b", "--content-type", "c/d"}, "x");
  EXPECT_EQ(run.status, 2);
  EXPECT_THAT(run.err, HasSubstr("--content-type"));
  EXPECT_EQ(on_store("ls", {"--json", "--json"}).status, 0);
}

TEST_F(ToolTest, WithoutArgumentsTheFirstScreenIsAUsageError) {
  const ToolRun run = run_tool({});
  EXPECT_EQ(run.status, 2);
  EXPECT_THAT(run.out, IsEmpty());
  EXPECT_THAT(run.err, HasSubstr("Usage: fhirbin COMMAND"));
}

TEST_F(ToolTest, VersionsAreTold) {
  const ToolRun run = run_tool({"--version"});
  EXPECT_EQ(run.status, 0);
  EXPECT_THAT(run.out, ::testing::StartsWith("fhirbin "));
  for (const char* part : {"SQLite ", "simdjson ", "zstd ", "xxHash "}) {
    EXPECT_THAT(run.out, HasSubstr(part));
  }
  EXPECT_THAT(run.out,
              HasSubstr("fhirbin " + text(run_tool({"--version", "--json"}).out, "fhirbin")));
}

TEST_F(ToolTest, AMistypedCommandIsAnsweredWithTheNearestOne) {
  const struct {
    const char* typed;
    const char* meant;
  } cases[] = {{"histroy", "history"}, {"pt", "put"},           {"exprot", "export"},
               {"vrify", "verify"},    {"hist", "history"},     {"shwo", "show"},
               {"PUT", nullptr},       {"frobnicate", nullptr}, {"", nullptr},
               {"x", nullptr}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.typed);
    const ToolRun run = run_tool({c.typed});
    EXPECT_EQ(run.status, 2);
    EXPECT_THAT(run.err, HasSubstr("unknown command"));
    if (c.meant != nullptr) {
      EXPECT_THAT(run.err, HasSubstr("did you mean '" + std::string(c.meant) + "'?"));
    } else {
      EXPECT_THAT(run.err, Not(HasSubstr("did you mean")));
    }
  }
}

TEST_F(ToolTest, WhatTheGrammarDoesNotKnowIsAUsageError) {
  init();
  const std::vector<std::string> cases[] = {
      {"--bogus"},
      {"init"},
      {"init", file("a"), "more"},
      {"init", file("a"), "--fhir-version", "R9"},
      {"put", store()},
      {"put", store(), "--content-type"},
      {"put", store(), "f", "g", "--content-type", "text/plain"},
      {"put", store(), "--content-type", "text/plain", "--if-match", "1"},
      {"put", store(), "--content-type", "text/plain", "--if-none-match"},
      {"get", store()},
      {"get", store(), "a", "--bogus"},
      {"get", store(), "a", "--accept", "application/fhir+json", "--range", "0-1"},
      {"show", store()},
      {"ls"},
      {"ls", store(), "extra"},
      {"ls", store(), "--limit", "0"},
      {"ls", store(), "--limit", "-1"},
      {"ls", store(), "--limit", "010"},
      {"ls", store(), "--limit", "ten"},
      {"history", store(), "a", "b"},
      {"changes", store(), "--after", "-3"},
      {"changes", store(), "--after", "18446744073709551616"},
      {"rm", store()},
      {"purge", store()},
      {"purge", store(), "a", "--keep", "x"},
      {"export", store(), "--measure", "weight"},
      {"export", store(), "--inline-limit", "10MB"},
      {"verify", store(), "--budget", "10s"},
      {"erase", store(), "a"},
      {"serve"},
      {"serve", store(), "extra"},
      {"serve", store(), "--port", "http"},
      {"serve", store(), "--port", "65536"},
      {"serve", store(), "--idle-timeout", "0"},
      {"serve", store(), "--min-rate", "-1"},
  };
  for (const std::vector<std::string>& arguments : cases) {
    SCOPED_TRACE(::testing::PrintToString(arguments));
    const ToolRun run = run_tool(arguments);
    EXPECT_EQ(run.status, 2);
    EXPECT_THAT(run.out, IsEmpty());
    EXPECT_THAT(run.err, ::testing::StartsWith("fhirbin: "));
    EXPECT_EQ(std::ranges::count(run.err, '\n'), 1);
  }
}

TEST_F(ToolTest, ErrorsAreJsonWhereJsonIsAskedFor) {
  init();
  const struct {
    std::vector<std::string> arguments;
    const char* code;
    std::uint64_t status;
  } cases[] = {
      {{"get", store(), "nobody", "--json"}, "NotFound", 3},
      {{"--json", "get", store(), "nobody"}, "NotFound", 3},
      {{"ls", file("no-store"), "--json"}, "NotFound", 3},
      {{"show", store(), "a/zero", "--json"}, "InvalidArgument", 6},
      {{"put", store(), file("none"), "--content-type", "a/b", "--json"}, "NotFound", 3},
      {{"put", store(), "--content-type", "x", "--json"}, "UnsupportedMediaType", 6},
      {{"put", store(), "--content-type", "application/fhir+json", "--json"}, "InvalidResource", 6},
      {{"put", store(), "--content-type", "a/b", "--id", "nobody", "--json"},
       "MethodNotAllowed",
       3},
      {{"rm", store(), "a b", "--json"}, "InvalidArgument", 6},
      {{"purge", store(), "nobody", "--json"}, "NotFound", 3},
      {{"history", store(), "nobody", "--json"}, "NotFound", 3},
      {{"changes", store(), "--after", "18446744073709551615", "--json"}, "InvalidArgument", 6},
      {{"export", store(), "--since", "x", "--json"}, "InvalidArgument", 6},
      {{"dump", store(), "nobody", "--json"}, "NotFound", 3},
      {{"stat", file("no-store"), "--json"}, "NotFound", 3},
      {{"verify", file("no-store"), "--json"}, "NotFound", 3},
      {{"gc", file("no-store"), "--json"}, "NotFound", 3},
      {{"init", store(), "--json"}, "InvalidArgument", 6},
      {{"frobnicate", "--json"}, "Usage", 2},
      {{"put", store(), "--json"}, "Usage", 2},
      {{"ls", store(), "--bogus\"\x01\xff", "--json"}, "Usage", 2},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(::testing::PrintToString(c.arguments));
    const ToolRun run = run_tool(c.arguments);
    EXPECT_EQ(static_cast<std::uint64_t>(run.status), c.status);
    EXPECT_THAT(run.out, IsEmpty());
    const std::string error = simdjson::to_string(parse(run.err)["error"].value());
    EXPECT_EQ(text(error, "code"), c.code);
    EXPECT_EQ(number(error, "exit"), c.status);
    EXPECT_THAT(text(error, "message"), Not(IsEmpty()));
  }
}

TEST_F(ToolTest, MessagesCannotSteerTheTerminal) {
  const ToolRun run = run_tool({"\x1b[31mput\x07"});
  EXPECT_EQ(run.status, 2);
  EXPECT_THAT(run.err, Not(HasSubstr("\x1b")));
  EXPECT_THAT(run.err, Not(HasSubstr("\x07")));
}

TEST_F(ToolTest, AStoreMayBeNamedLikeACommandOrAnOption) {
  const std::string odd = file("put");
  EXPECT_EQ(run_tool({"init", odd}).status, 0);
  EXPECT_EQ(run_tool({"ls", odd}).status, 0);
}

}  // namespace
}  // namespace fhirbin
