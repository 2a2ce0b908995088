#pragma once

#include <string>
#include <string_view>
#include <vector>

// docs/conformance.md out of what the tests of the suite did.
namespace fhirbin::testing {

// One run of one test: by which rule, what it shows, over what, for which FHIR version.
struct ConformanceResult {
  std::string rule;       // "C06"
  std::string sentence;   // "Success is an empty 201 with the version in Location"
  std::string transport;  // "Pulled", "Pushed", "Http"
  std::string version;    // "R4"
  bool passed = false;
};

// Takes a full test name apart, e.g. "Rest/Conformance", "C06_Success/Pulled_R4"; empty rule when
// it is no test of the suite.
ConformanceResult parse_test_name(std::string_view suite, std::string_view name);

// "EtagIsThatOfAnEmpty201" as "ETag is that of an empty 201".
std::string sentence_of(std::string_view camel_case);

// One line for each result, and back.
std::string to_line(const ConformanceResult& result);
std::vector<ConformanceResult> parse_results(std::string_view lines);

// The whole document.
std::string make_conformance_document(const std::vector<ConformanceResult>& results);

}  // namespace fhirbin::testing
