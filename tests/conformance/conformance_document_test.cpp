#include "tests/conformance/conformance_document.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "tests/support/folder_image.h"

namespace fhirbin::testing {
namespace {

// Notes what each test of the suite did, for the process that makes the document.
class ResultWriter final : public ::testing::EmptyTestEventListener {
 public:
  explicit ResultWriter(const char* path) : file_(path, std::ios::binary) {}

  void OnTestEnd(const ::testing::TestInfo& test) override {
    ConformanceResult result = parse_test_name(test.test_suite_name(), test.name());
    if (!result.rule.empty()) {
      result.passed = test.result()->Passed();
      file_ << to_line(result);
    }
  }

 private:
  std::ofstream file_;
};

// gtest_main has the only main(), so the listener comes with the program's own start.
[[maybe_unused]] const bool kListens = [] {
  const char* const path = std::getenv("FHIRBIN_CONFORMANCE_RESULTS");
  if (path != nullptr) {
    ::testing::UnitTest::GetInstance()->listeners().Append(new ResultWriter(path));
  }
  return path != nullptr;
}();

TEST(ConformanceDocumentTest, ATestNameBecomesASentence) {
  EXPECT_EQ(sentence_of("SuccessIsAnEmpty201WithTheVersionInLocation"),
            "Success is an empty 201 with the version in Location");
  EXPECT_EQ(sentence_of("IfMatchOfFhirJsonIs400"), "If-Match of FHIR JSON is 400");
  const ConformanceResult result = parse_test_name("Rest/Conformance", "U08_It/Pulled_R4");
  EXPECT_EQ(to_line(result), "U08|It|Pulled|R4|failed\n");
  EXPECT_EQ(to_line(parse_results(to_line(result)).at(0)), to_line(result));
}

TEST(ConformanceDocumentTest, WhatFailsIsMissingOrUntestedStandsOut) {
  const std::string document = make_conformance_document(
      parse_results("C01|a|Pulled|R4|passed\nC01|a|Pushed|R4|failed\nC01|a|Http|R4|passed\n"
                    "C02|b|Pulled|R4|passed\nC02|b|Pushed|R4|passed\n"));
  EXPECT_TRUE(document.contains("| C01 | a | R4 | **fails** | yes |"));
  EXPECT_TRUE(document.contains("| C02 | b | R4 | yes | **missing** |"));
  EXPECT_TRUE(document.contains("| C03 | **no test** | | | |"));
}

// Runs behind the processes that leave their results in that folder.
TEST(ConformanceDocumentTest, TheCommittedDocumentIsWhatTheTestsShow) {
  const char* const folder = std::getenv("FHIRBIN_CONFORMANCE_FOLDER");
  if (folder == nullptr) {
    GTEST_SKIP() << "there are no results of the suite";
  }
  std::string lines;
  for (const char* name : {"pulled.txt", "pushed.txt", "http_r4.txt", "http_others.txt"}) {
    lines += file_text(std::filesystem::path(folder) / name);
  }
  const std::string document = make_conformance_document(parse_results(lines));
  std::ofstream(std::filesystem::path(folder) / "conformance.md", std::ios::binary) << document;
  EXPECT_FALSE(document.contains("**")) << "a rule fails or lacks a test";
  const std::filesystem::path committed = std::filesystem::path(FHIRBIN_SOURCE_DIR) / "docs";
  EXPECT_EQ(document, file_text(committed / "conformance.md"))
      << "tools/conformance.sh writes it anew";
}

}  // namespace
}  // namespace fhirbin::testing
