#include "engine/fhir/json_string.h"

#include <optional>
#include <string>

#include <gtest/gtest.h>

namespace fhirbin::fhir {
namespace {

using RawBreaks = JsonStringScanner::RawBreaks;
using Step = JsonStringScanner::Step;

// The string whose inside `text` begins with, unescaped; nullopt when it is none. Eats it off
// `text`.
std::optional<std::string> scan(std::string_view& text,
                                RawBreaks raw_breaks = RawBreaks::kRefused) {
  JsonStringScanner scanner;
  scanner.begin(raw_breaks);
  std::string unescaped;
  while (true) {
    const JsonStringScanner::Piece piece = scanner.next(text);
    if (piece.step == Step::kEnd) {
      return unescaped;
    }
    if (piece.step != Step::kText) {
      return std::nullopt;
    }
    unescaped += piece.text;
  }
}

// Runs are taken in words of eight characters, so each place in a word matters.
TEST(JsonStringTest, EachCharacterCountsAtEachPlace) {
  for (std::size_t before = 0; before < 40; ++before) {
    for (int code = 0; code < 256; ++code) {
      const char c = static_cast<char>(code);
      std::string text(before, 'A');
      text.push_back(c);
      text.append(20, 'z');
      text += "\"rest";
      std::string_view rest = text;
      const std::optional<std::string> read = scan(rest);
      SCOPED_TRACE(testing::Message() << "byte " << code << " behind " << before);
      if (c == '"') {
        EXPECT_EQ(read, std::string(before, 'A'));
      } else if (code < 0x20 || code >= 0x80 || c == '\\') {
        EXPECT_FALSE(read);
      } else {
        EXPECT_EQ(read, text.substr(0, before + 21));
        EXPECT_EQ(rest, "rest");
      }
    }
  }
}

TEST(JsonStringTest, UndoesEveryEscape) {
  std::string_view text =
      R"(\"\\\/\b\f\n\r\t\u0041\u00e9\u07FF\u0800\uFFFF\ud800\udc00\uDBFF\uDFFF")";
  EXPECT_EQ(scan(text),
            "\"\\/\b\f\n\r\tA\xC3\xA9\xDF\xBF\xE0\xA0\x80\xEF\xBF\xBF"
            "\xF0\x90\x80\x80\xF4\x8F\xBF\xBF");
}

TEST(JsonStringTest, TakesRawBreaksOnlyWhereTheyAreAccepted) {
  for (const std::string_view text : {"a\nb\"", "a\rb\"", "a\tb\""}) {
    std::string_view rest = text;
    EXPECT_FALSE(scan(rest));
    rest = text;
    EXPECT_EQ(scan(rest, RawBreaks::kAccepted), text.substr(0, 3));
  }
  for (const std::string_view text : {"a\fb\"", "a\vb\"", "a\bb\""}) {
    std::string_view rest = text;
    EXPECT_FALSE(scan(rest, RawBreaks::kAccepted));
  }
}

}  // namespace
}  // namespace fhirbin::fhir
