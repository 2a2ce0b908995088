#include "engine/fhir/resource_id.h"

#include <string>

#include <gtest/gtest.h>

namespace fhirbin::fhir {
namespace {

TEST(ResourceIdTest, TakesWhatTheGrammarAllowsByteForByte) {
  for (const std::string& id : {std::string("a"), std::string("A-Z.09"), std::string("."),
                                std::string(".."), std::string("-"), std::string(64, 'x')}) {
    EXPECT_TRUE(check_resource_id(id)) << id;
  }
  for (const std::string& id :
       {std::string(), std::string(65, 'x'), std::string("a/b"), std::string("a b"),
        std::string("a_b"), std::string("a\n"), std::string("a\0", 2), std::string("\xC3\xA9"),
        std::string("a@"), std::string("a["), std::string("a`"), std::string("a{"),
        std::string("a:")}) {
    const Result<void> checked = check_resource_id(id);
    ASSERT_FALSE(checked) << id;
    EXPECT_EQ(checked.error().code, ErrorCode::kInvalidArgument);
  }
}

TEST(ResourceIdTest, ReadsVersionIdsAsDecimalNumbersFromOne) {
  EXPECT_EQ(parse_version_id("1").value(), 1U);
  EXPECT_EQ(parse_version_id("10").value(), 10U);
  EXPECT_EQ(parse_version_id("18446744073709551615").value(), 18'446'744'073'709'551'615U);
  for (const std::string_view text :
       {"", "0", "01", "+1", "-1", " 1", "1 ", "1a", "1.0", "0x1", "18446744073709551616",
        "99999999999999999999999", "MTU0MTE5MDk5Mzk2ODcyODAwMA"}) {
    const Result<std::uint64_t> version = parse_version_id(text);
    ASSERT_FALSE(version) << text;
    EXPECT_EQ(version.error().code, ErrorCode::kInvalidArgument);
  }
}

}  // namespace
}  // namespace fhirbin::fhir
