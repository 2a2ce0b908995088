#include "engine/fhir/utf8.h"

#include <optional>
#include <string>

#include <gtest/gtest.h>

namespace fhirbin::fhir {
namespace {

// The UTF-8 of a code point, as RFC 3629 lays out its bits.
std::string encode(std::uint32_t code_point) {
  const auto tail = [&](unsigned shift) {
    return static_cast<char>(0x80 | ((code_point >> shift) & 0x3F));
  };
  if (code_point < 0x80) {
    return {static_cast<char>(code_point)};
  }
  if (code_point < 0x800) {
    return {static_cast<char>(0xC0 | (code_point >> 6)), tail(0)};
  }
  if (code_point < 0x10000) {
    return {static_cast<char>(0xE0 | (code_point >> 12)), tail(6), tail(0)};
  }
  return {static_cast<char>(0xF0 | (code_point >> 18)), tail(12), tail(6), tail(0)};
}

bool is_whole(std::string_view text) {
  Utf8Checker utf8;
  for (const char c : text) {
    if (!utf8.step(static_cast<unsigned char>(c))) {
      return false;
    }
  }
  return utf8.complete();
}

TEST(Utf8Test, TakesEveryCodePointButSurrogatesAndNothingCutOff) {
  for (std::uint32_t code_point = 0; code_point <= 0x10FFFF; ++code_point) {
    const bool is_surrogate = 0xD800 <= code_point && code_point <= 0xDFFF;
    const std::string text = encode(code_point);
    ASSERT_EQ(is_whole(text), !is_surrogate) << code_point;
    ASSERT_EQ(text.size() > 1 && is_whole(text.substr(0, text.size() - 1)), false) << code_point;
  }
  EXPECT_FALSE(is_whole(encode(0x110000)));
}

// All texts of two bytes, and all of three that begin with three bytes' lead: of every sequence
// that is taken, the code points above account for one.
TEST(Utf8Test, TakesNothingElse) {
  std::size_t pairs = 0;
  std::size_t triples = 0;
  for (unsigned first = 0xC0; first < 0x100; ++first) {
    for (unsigned second = 0; second < 0x100; ++second) {
      std::string text{static_cast<char>(first), static_cast<char>(second)};
      pairs += is_whole(text) ? 1U : 0U;
      text.push_back('\0');
      for (unsigned third = 0x80; third < 0x100; ++third) {
        text.back() = static_cast<char>(third);
        triples += is_whole(text) ? 1U : 0U;
      }
    }
  }
  EXPECT_EQ(pairs, 0x800U - 0x80U);
  EXPECT_EQ(triples, 0x10000U - 0x800U - 0x800U);
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

TEST(Utf8Test, CleanTextHasNoControlCharacters) {
  for (std::uint32_t code_point = 0; code_point < 0x200; ++code_point) {
    const bool is_control = code_point < 0x20 || (0x7F <= code_point && code_point < 0xA0);
    EXPECT_EQ(is_clean_text("a" + encode(code_point) + "b"), !is_control) << code_point;
  }
  EXPECT_TRUE(is_clean_text(""));
}

TEST(Utf8Test, EachByteThatIsNoCharacterBecomesOneReplacement) {
  const std::string mark = "\xEF\xBF\xBD";
  EXPECT_EQ(replace_invalid_utf8(""), "");
  EXPECT_EQ(replace_invalid_utf8("a\xC3\xA9\xF0\x9D\x84\x9E"), "a\xC3\xA9\xF0\x9D\x84\x9E");
  EXPECT_EQ(replace_invalid_utf8("a\xFFz"), "a" + mark + "z");
  EXPECT_EQ(replace_invalid_utf8("\xC3"), mark);
  EXPECT_EQ(replace_invalid_utf8("\xF0\x9D\x84"), mark + mark + mark);
  EXPECT_EQ(replace_invalid_utf8("\xE2\x82\xC3\xA9"), mark + mark + "\xC3\xA9");
  EXPECT_EQ(replace_invalid_utf8("\xED\xA0\x80"), mark + mark + mark);
  for (unsigned byte = 0x80; byte < 0x100; ++byte) {
    EXPECT_EQ(replace_invalid_utf8(std::string(2, static_cast<char>(byte))), mark + mark) << byte;
  }
}

}  // namespace
}  // namespace fhirbin::fhir
