#include <cstdio>
#include <filesystem>
#include <memory>
#include <regex>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

#include "tests/support/file_text.h"

// What the documents promise and a machine can check.

namespace fhirbin::testing {
namespace {

namespace fs = std::filesystem;

// A file of the project.
std::string text_of(const fs::path& path) { return file_text(fs::path(FHIRBIN_SOURCE_DIR) / path); }

// What lies between `begin` and `end`; empty when they are not there.
std::string between(const std::string& text, const std::string& begin, const std::string& end) {
  const std::size_t from = text.find(begin);
  const std::size_t to = text.find(end, from + begin.size());
  if (from == std::string::npos || to == std::string::npos) {
    return {};
  }
  return text.substr(from + begin.size(), to - from - begin.size());
}

std::string without_indentation(const std::string& text) {
  std::istringstream lines(text);
  std::string result;
  for (std::string line; std::getline(lines, line);) {
    const std::size_t start = line.find_first_not_of(' ');
    result += start == std::string::npos ? "" : line.substr(start) + '\n';
  }
  return result;
}

struct ClosePipe {
  void operator()(FILE* pipe) const { ::pclose(pipe); }
};

std::string output_of(const std::string& command) {
  const std::unique_ptr<FILE, ClosePipe> pipe(::popen(command.c_str(), "r"));
  std::string output;
  for (int c = 0; pipe != nullptr && (c = std::fgetc(pipe.get())) != EOF;) {
    output.push_back(static_cast<char>(c));
  }
  return output;
}

TEST(ReadmeTest, OpensWithTheTwoCommands) {
  const std::string first = between(text_of("README.md"), "```\n", "```");
  EXPECT_EQ(first.find("tools/quickstart.sh"), 0U);
  EXPECT_NE(first.find("\ntools/test.sh"), std::string::npos);
}

TEST(ReadmeTest, ItsExampleIsTheOneThatIsCompiledAndRun) {
  const std::string shown = between(text_of("README.md"), "```cpp\n", "```");
  const std::string compiled =
      between(text_of("tests/package/consumer/example.cpp"), "// [example]\n", "// [/example]");
  ASSERT_FALSE(shown.empty());
  EXPECT_EQ(without_indentation(shown), without_indentation(compiled));
}

#ifdef FHIRBIN_TOOL
TEST(ReadmeTest, NamesEveryCommandOfTheTool) {
  const std::string commands =
      between(output_of(std::string(FHIRBIN_TOOL) + " --help"), "Commands:\n", "\n\n");
  const std::string section = between(text_of("README.md"), "## The command", "Exit status");
  std::istringstream lines(commands);
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    const std::string name = line.substr(2, line.find(' ', 2) - 2);
    EXPECT_NE(section.find("`" + name + " STORE"), std::string::npos) << name;
  }
  EXPECT_GT(count, 10);
}
#endif

TEST(DocumentsTest, LinksLeadToFilesOfTheProject) {
  for (const char* const document : {"README.md", "ARCHITECTURE.md", "FORMAT.md", "CHANGELOG.md"}) {
    const std::string text = text_of(document);
    ASSERT_FALSE(text.empty()) << document;
    static const std::regex link(R"(\]\(([^)#]+)\))");
    for (std::sregex_iterator match(text.begin(), text.end(), link), end; match != end; ++match) {
      const std::string target = (*match)[1];
      EXPECT_TRUE(fs::exists(fs::path(FHIRBIN_SOURCE_DIR) / target)) << document << ": " << target;
    }
  }
}

// Every table and column that FORMAT.md has to explain is one that the schema makes, and the other
// way round.
TEST(DocumentsTest, FormatNamesEveryTableAndColumnOfTheSchema) {
  const std::string schema = text_of("engine/storage/schema.cpp");
  const std::string format = text_of("FORMAT.md");
  // Adjacent literals are one text.
  const std::string joined = std::regex_replace(schema, std::regex(R"("\s*\n\s*")"), "");
  static const std::regex table(R"re(CREATE TABLE (\w+)\((.*?)\) STRICT)re");
  static const std::regex column(R"((?:^|, )([a-z_]+) (?:INTEGER|TEXT|BLOB))");
  int tables = 0;
  for (std::sregex_iterator found(joined.begin(), joined.end(), table), end; found != end;
       ++found, ++tables) {
    const std::string name = (*found)[1];
    const std::size_t section = format.find("**" + name + "**");
    ASSERT_NE(section, std::string::npos) << name;
    const std::string told = format.substr(section, 4000);
    const std::string columns = (*found)[2];
    for (std::sregex_iterator one(columns.begin(), columns.end(), column), last; one != last;
         ++one) {
      EXPECT_TRUE(std::regex_search(told, std::regex("\\b" + (*one)[1].str() + "\\b")))
          << name << "." << (*one)[1];
    }
  }
  EXPECT_EQ(tables, 10);
}

}  // namespace
}  // namespace fhirbin::testing
