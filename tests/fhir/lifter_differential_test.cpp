#include <random>

#include <gtest/gtest.h>
#include <simdjson.h>

#include "tests/fhir/lifting.h"

// The lifter checks JSON with its own scanner, so another parser must come to the same verdict.

namespace fhirbin::fhir {
namespace {

// Text without `data` and `content` at the top, where the lifter takes raw line breaks, and without
// `resourceType`, which may end its checks early.
constexpr std::string_view kSeeds[] = {
    R"({"a":1,"b":[true,false,null],"c":{"d":"e"}})",
    R"([{"x":"\u0041\ud834\udd1e\n\/\\\""},-0.5e+10,"é𝄞",[[[]]],{}])",
    R"( { "text" : { "status" : "generated" } , "n" : [ 0 , -1 , 1.25 , 3E-2 ] } )",
    R"({"resource":"Binary","dat":"AAAA","meta":{"tag":[{"code":"x"},{"code":"y"}]}})",
    "\"string\"",
    "-12.75",
    "[[[[[[[[[[1]]]]]]]]]]",
};

// Pieces that matter to the grammar.
constexpr std::string_view kFragments[] = {
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "\\",
    "\\u",
    "\\ud800",
    "\\udc00",
    "0",
    "1",
    "-",
    "+",
    ".",
    "e",
    "true",
    "null",
    "false",
    " ",
    "\n",
    "\t",
    "\x01",
    "\x7F",
    "\x80",
    "\xC3\xA9",
    "\xE2\x82",
    "\xF0\x9D\x84\x9E",
    "\xED\xA0\x80",
    "\xF4\x90\x80\x80",
    "a",
    "\"a\":",
    "/",
    "\xEF\xBB\xBF",
};

class Mutator {
 public:
  std::string make() {
    std::string text(pick(kSeeds));
    const std::size_t changes = below(4);
    for (std::size_t i = 0; i <= changes; ++i) {
      change(text);
    }
    return text;
  }

  std::size_t below(std::size_t bound) { return random_() % bound; }

 private:
  template <std::size_t kCount>
  std::string_view pick(const std::string_view (&choices)[kCount]) {
    return choices[below(kCount)];
  }

  void change(std::string& text) {
    const std::size_t at = below(text.size() + 1);
    const std::size_t length = std::min(below(4), text.size() - at);
    switch (below(5)) {
      case 0:
        text.erase(at, length);
        return;
      case 1:
        text.insert(at, pick(kFragments));
        return;
      case 2:
        text.replace(at, length, pick(kFragments));
        return;
      case 3:
        text.insert(at, text.substr(at, length));
        return;
      default:
        text.resize(at);
    }
  }

  std::mt19937_64 random_{20'240'501};
};

TEST(LifterDifferentialTest, AgreesWithSimdjsonOnWhatIsJson) {
  Mutator mutator;
  simdjson::dom::parser parser;
  int valid = 0;
  int invalid = 0;
  for (int i = 0; i < 300'000; ++i) {
    const std::string body = mutator.make();
    const Lifted lifted = lift(FhirVersion::kR4, body, {mutator.below(body.size() + 1)});
    const simdjson::error_code verdict = parser.parse(simdjson::padded_string(body)).error();
    if (verdict == simdjson::NUMBER_ERROR && !lifted.error) {
      continue;  // out of the range of 64 bits, which JSON does not limit
    }
    (verdict == simdjson::SUCCESS ? valid : invalid) += 1;
    ASSERT_EQ(!lifted.error, verdict == simdjson::SUCCESS)
        << simdjson::error_message(verdict) << " in: " << body;
  }
  EXPECT_GT(valid, 20'000);
  EXPECT_GT(invalid, 20'000);
}

TEST(LifterDifferentialTest, GoesAsDeepAsSimdjson) {
  simdjson::dom::parser parser;
  for (const std::size_t levels : {1023U, 1024U, 1025U}) {
    const std::string body = std::string(levels, '[') + std::string(levels, ']');
    const bool is_valid = parser.parse(simdjson::padded_string(body)).error() == simdjson::SUCCESS;
    if (is_valid) {
      EXPECT_FALSE(lift(FhirVersion::kR4, body).error) << levels;
    }
  }
}

}  // namespace
}  // namespace fhirbin::fhir
