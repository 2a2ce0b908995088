#include "tests/conformance/conformance_document.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <set>
#include <utility>

namespace fhirbin::testing {
namespace {

constexpr std::string_view kVersions[] = {"DSTU2", "STU3", "R4", "R4B", "R5"};

// The tests' sections, and how many rules each has.
struct Section {
  char letter;
  int rules;
  const char* title;
};
constexpr Section kSections[] = {
    {'C', 19, "Create"},
    {'R', 13, "Read and version read"},
    {'U', 16, "Update"},
    {'D', 12, "Delete, history, purge"},
    {'E', 9, "Views: history Bundles and notifications"},
    {'X', 13, "Errors, by the rows of their table"},
    {'M', 0, "Capabilities"},
};

// What over HTTP cannot be shown, and why. Nothing else may be missing there.
const std::map<std::string, std::string, std::less<>> kNotOverHttp = {
    {"The limit is a setting and inclusive",
     "`fhirbin serve` keeps the limit of 1 GiB; that it counts is shown by what a request "
     "declares"},
    {"The limit is a setting", "`fhirbin serve` keeps the limit of 10 MB"},
};

// What in process cannot be shown, and why.
const std::map<std::string, std::string, std::less<>> kNotInProcess = {
    {"Foreign names and pages are refused with an outcome", "the server refuses them"},
};

using Words = std::set<std::string, std::less<>>;

struct Row {
  Words versions;
  Words http_versions;
  Words transports;
  bool failed = false;
};

// Names as they are written, by how they look once taken apart.
constexpr std::pair<std::string_view, std::string_view> kNames[] = {
    {"x security context", "X-Security-Context"},
    {"security context", "securityContext"},
    {"if none match", "If-None-Match"},
    {"if match", "If-Match"},
    {"if modified since", "If-Modified-Since"},
    {"if unmodified since", "If-Unmodified-Since"},
    {"if range", "If-Range"},
    {"last modified", "Last-Modified"},
    {"last modification", "last modification"},
    {"content type", "contentType"},
    {"fhir version", "fhirVersion"},
    {"dstu 2", "DSTU2"},
    {"fhir", "FHIR"},
    {"json", "JSON"},
    {"xml", "XML"},
    {"etag", "ETag"},
    {"location", "Location"},
    {"prefer", "Prefer"},
    {"accept", "Accept"},
    {"head", "HEAD"},
    {"patch", "PATCH"},
    {"binary", "Binary"},
    {"binaries", "Binaries"},
    {"since and at", "`_since` and `_at`"},
    {"count", "`_count`"},
    {"format", "`_format`"},
};

void write_names(std::string& sentence) {
  sentence = " " + sentence + " ";
  for (const auto& [plain, name] : kNames) {
    const std::string pattern = " " + std::string(plain) + " ";
    for (std::size_t at = 0; (at = sentence.find(pattern, at)) != std::string::npos;) {
      sentence.replace(at + 1, plain.size(), name);
      at += name.size() + 1;
    }
  }
  sentence = sentence.substr(1, sentence.size() - 2);
}

std::string join(const Words& versions) {
  std::string text;
  for (const std::string_view version : kVersions) {
    if (versions.contains(version)) {
      text += (text.empty() ? "" : ", ") + std::string(version);
    }
  }
  return text;
}

std::string versions_text(const Words& versions) {
  const std::string text = join(versions);
  if (text == "DSTU2, STU3, R4, R4B, R5") {
    return "all";
  }
  return text == "R4, R4B, R5" ? "from R4" : text == "STU3, R4, R4B, R5" ? "from STU3" : text;
}

std::string in_process_text(const std::string& sentence, const Row& row) {
  if (row.failed) {
    return "**fails**";
  }
  if (row.transports.contains("Pulled") && row.transports.contains("Pushed")) {
    return "yes";
  }
  const auto reason = kNotInProcess.find(sentence);
  return reason == kNotInProcess.end() ? "**missing**" : "no: " + reason->second;
}

std::string http_text(const std::string& sentence, const Row& row) {
  if (row.http_versions.empty()) {
    const auto reason = kNotOverHttp.find(sentence);
    return reason == kNotOverHttp.end() ? "**missing**" : "no: " + reason->second;
  }
  return row.http_versions == row.versions ? "yes" : "yes, with " + join(row.http_versions);
}

void append_section(std::string& text, const Section& section,
                    const std::map<std::pair<std::string, std::string>, Row>& rows) {
  text += "\n## " + std::string(section.title) + "\n\n";
  text += "| rule | what | FHIR versions | in process | over HTTP |\n|---|---|---|---|---|\n";
  Words rules;
  for (const auto& [key, row] : rows) {
    const auto& [rule, sentence] = key;
    if (rule[0] != section.letter) {
      continue;
    }
    rules.insert(rule);
    text += "| " + rule + " | " + sentence + " | " + versions_text(row.versions) + " | " +
            in_process_text(sentence, row) + " | " + http_text(sentence, row) + " |\n";
  }
  for (int i = 1; i <= section.rules; ++i) {
    const std::string rule = section.letter + std::string(i < 10 ? "0" : "") + std::to_string(i);
    if (!rules.contains(rule)) {
      text += "| " + rule + " | **no test** | | | |\n";
    }
  }
}

}  // namespace

ConformanceResult parse_test_name(std::string_view suite, std::string_view name) {
  const std::size_t rule_end = name.find('_');
  const std::size_t slash = name.rfind('/');
  const std::size_t underscore = name.rfind('_');
  if (!suite.contains("/Conformance") || rule_end == std::string_view::npos ||
      slash == std::string_view::npos || underscore < slash) {
    return {};
  }
  return {.rule = std::string(name.substr(0, rule_end)),
          .sentence = sentence_of(name.substr(rule_end + 1, slash - rule_end - 1)),
          .transport = std::string(name.substr(slash + 1, underscore - slash - 1)),
          .version = std::string(name.substr(underscore + 1))};
}

std::string sentence_of(std::string_view camel_case) {
  std::string sentence;
  bool after_digit = false;
  for (const char c : camel_case) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_digit = std::isdigit(byte) != 0;
    const bool starts_word = std::isupper(byte) != 0 || is_digit != after_digit;
    if (starts_word && !sentence.empty()) {
      sentence += ' ';
    }
    sentence += static_cast<char>(std::tolower(byte));
    after_digit = is_digit;
  }
  write_names(sentence);
  if (!sentence.empty()) {
    sentence[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(sentence[0])));
  }
  return sentence;
}

std::string to_line(const ConformanceResult& result) {
  return result.rule + '|' + result.sentence + '|' + result.transport + '|' + result.version + '|' +
         (result.passed ? "passed" : "failed") + '\n';
}

std::vector<ConformanceResult> parse_results(std::string_view lines) {
  std::vector<ConformanceResult> results;
  const auto take = [&lines](char end) {
    const std::string text(lines.substr(0, lines.find(end)));
    lines.remove_prefix(std::min(text.size() + 1, lines.size()));
    return text;
  };
  while (!lines.empty()) {
    ConformanceResult result;
    result.rule = take('|');
    result.sentence = take('|');
    result.transport = take('|');
    result.version = take('|');
    result.passed = take('\n') == "passed";
    results.push_back(std::move(result));
  }
  return results;
}

std::string make_conformance_document(const std::vector<ConformanceResult>& results) {
  std::map<std::pair<std::string, std::string>, Row> rows;
  for (const ConformanceResult& result : results) {
    Row& row = rows[{result.rule, result.sentence}];
    row.versions.insert(result.version);
    row.transports.insert(result.transport);
    row.failed = row.failed || !result.passed;
    if (result.transport == "Http") {
      row.http_versions.insert(result.version);
    }
  }
  std::string text =
      "# What the REST layer does, rule by rule\n\n"
      "Made from the tests in tests/conformance by tools/conformance.sh; a test keeps it true. "
      "Each line\n"
      "is a test, and says what it says. *In process* is `fhirbin::rest::Service`, once with "
      "bodies\n"
      "that it pulls and once with bodies that are pushed; *over HTTP* is `fhirbin serve` as curl\n"
      "sees it. What does not depend on the FHIR version runs over HTTP for one of them.\n\n"
      "Besides, every reply of every test is held against HL7's definitions of OperationOutcome\n"
      "(always where the status is 400 or more), history Bundle, Conformance or "
      "CapabilityStatement,\n"
      "and Binary; no error may hold what was sent or name an id; and a write that was refused "
      "must\n"
      "have stored nothing.\n";
  for (const Section& section : kSections) {
    append_section(text, section, rows);
  }
  return text;
}

}  // namespace fhirbin::testing
