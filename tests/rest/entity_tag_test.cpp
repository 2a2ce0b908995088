#include "engine/rest/entity_tag.h"

#include <cstdint>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/result_matchers.h"

namespace fhirbin::rest {
namespace {

using fhirbin::testing::is_error;
using fhirbin::testing::is_ok;
using ::testing::ElementsAre;

TEST(EntityTagTest, IsWeakAndHoldsTheVersion) {
  EXPECT_EQ(format_entity_tag(1), "W/\"1\"");
  EXPECT_EQ(format_entity_tag(UINT64_MAX), "W/\"18446744073709551615\"");
}

TEST(EntityTagTest, ReadsListsOfWeakAndStrongTags) {
  const auto tags = parse_entity_tags(" W/\"1\" , \"two\",\"\" ", "If-Match");
  ASSERT_THAT(tags, is_ok());
  EXPECT_FALSE(tags->any);
  EXPECT_THAT(tags->versions, ElementsAre("1", "two", ""));
  EXPECT_TRUE(tags->contains(1));
  EXPECT_FALSE(tags->contains(2));
}

TEST(EntityTagTest, OnlyTheExactNumberNamesAVersion) {
  for (const char* const text : {"\"01\"", "\"1.0\"", "\"+1\"", "\"11\"", "\"-1\"", "\"W/1\""}) {
    SCOPED_TRACE(text);
    const auto tags = parse_entity_tags(text, "If-Match");
    ASSERT_THAT(tags, is_ok());
    EXPECT_FALSE(tags->contains(1));
  }
}

TEST(EntityTagTest, AStarNamesEveryVersion) {
  const auto tags = parse_entity_tags(" * ", "If-Match");
  ASSERT_THAT(tags, is_ok());
  EXPECT_TRUE(tags->any);
  EXPECT_TRUE(tags->contains(UINT64_MAX));
}

TEST(EntityTagTest, CommasInATagDoNotDivideIt) {
  const auto tags = parse_entity_tags("\"1,2\"", "If-Match");
  ASSERT_THAT(tags, is_ok());
  EXPECT_THAT(tags->versions, ElementsAre("1,2"));
}

TEST(EntityTagTest, AnythingElseIsRefusedWithoutRepeatingIt) {
  for (const char* const text :
       {"", " ", ",", "1", "W/1", "w/\"1\"", "\"1", "1\"", "\"", "W/\"", "W /\"1\"", "*, \"1\"",
        "\"1\", *", "**", "\"1\" \"2\"", "\"a b\"", "\"a\"b\"", "\"\x7F\"", "'1'"}) {
    SCOPED_TRACE(text);
    const auto tags = parse_entity_tags(text, "If-Match");
    ASSERT_THAT(tags, is_error(ErrorCode::kInvalidArgument));
    EXPECT_EQ(tags.error().message, "If-Match is neither * nor a list of entity tags like W/\"3\"");
  }
}

}  // namespace
}  // namespace fhirbin::rest
