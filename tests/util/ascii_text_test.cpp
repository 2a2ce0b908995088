#include "engine/util/ascii_text.h"

#include <gtest/gtest.h>

namespace fhirbin {
namespace {

TEST(AsciiTextTest, LettersOutsideAsciiHaveNoCase) {
  EXPECT_TRUE(equal_ignoring_case("aZ-09_", "Az-09_"));
  EXPECT_FALSE(equal_ignoring_case("\xC3\x84", "\xC3\xA4"));
  EXPECT_FALSE(equal_ignoring_case("@", "`"));
  EXPECT_FALSE(equal_ignoring_case("[", "{"));
  EXPECT_FALSE(equal_ignoring_case("a", "ab"));
  EXPECT_EQ(to_lower('Z'), 'z');
  EXPECT_EQ(to_lower('['), '[');
}

TEST(AsciiTextTest, OnlyBlanksAndTabsAroundATextAreTrimmed) {
  EXPECT_EQ(trim(" \t a b\t "), "a b");
  EXPECT_EQ(trim("\na\r"), "\na\r");
  EXPECT_EQ(trim(" \t"), "");
  EXPECT_EQ(trim(""), "");
}

}  // namespace
}  // namespace fhirbin
