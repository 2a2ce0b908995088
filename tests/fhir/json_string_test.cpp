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

TEST(Utf8Test, TellsValidFromInvalidAtTheEdgesOfEachLength) {
  for (const std::string_view valid :
       {"\x20", "\xC2\xA0", "\xDF\xBF", "\xE0\xA0\x80", "\xEC\xBF\xBF", "\xED\x9F\xBF",
        "\xEE\x80\x80", "\xEF\xBF\xBF", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"}) {
    EXPECT_TRUE(is_clean_text(valid));
    EXPECT_FALSE(is_clean_text(valid.substr(0, valid.size() - 1)) && valid.size() > 1);
  }
  for (const std::string_view invalid :
       {"\x80", "\xBF", "\xC0\x80", "\xC1\xBF", "\xC2\x20", "\xDF\xC0", "\xE0\x9F\xBF",
        "\xED\xA0\x80", "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF",
        "\xE1\x80\x20", "\xF1\x80\x80\x20"}) {
    EXPECT_FALSE(is_clean_text(invalid));
  }
}

}  // namespace
}  // namespace fhirbin::fhir
