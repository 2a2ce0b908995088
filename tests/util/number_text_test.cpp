#include "engine/util/number_text.h"

#include <gtest/gtest.h>

namespace fhirbin {
namespace {

TEST(NumberTextTest, ANumberIsDigitsAndNothingElse) {
  EXPECT_EQ(parse_number("0"), 0U);
  EXPECT_EQ(parse_number("010"), 10U);
  EXPECT_EQ(parse_number("18446744073709551615"), UINT64_MAX);
  for (const char* const text : {"", " ", "-1", "+1", " 1", "1 ", "1.0", "0x1", "1e3", "a",
                                 "18446744073709551616", "99999999999999999999999"}) {
    EXPECT_EQ(parse_number(text), std::nullopt) << text;
  }
  EXPECT_EQ(parse_number(std::string_view("1\0", 2)), std::nullopt);
}

}  // namespace
}  // namespace fhirbin
