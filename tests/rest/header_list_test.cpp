#include "engine/rest/header_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fhirbin::rest {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(HeaderListTest, FindsNamesInAnyCaseAndTrimsValues) {
  const std::vector<Header> fields = {{"ACCEPT", " \ta \t"}, {"accept", "b"}, {"Empty", "  "}};
  const HeaderList headers(fields);
  EXPECT_EQ(headers.find("Accept"), "a");
  EXPECT_EQ(headers.find("Empty"), "");
  EXPECT_EQ(headers.find("Accep"), std::nullopt);
  EXPECT_EQ(headers.find("Accept-"), std::nullopt);
  EXPECT_EQ(headers.count("accepT"), 2U);
  EXPECT_EQ(headers.count("Host"), 0U);
}

TEST(HeaderListTest, JoinsAFieldThatStandsSeveralTimes) {
  const std::vector<Header> fields = {{"Accept", "a"}, {"X", "-"}, {"accept", "b, c"}};
  const HeaderList headers(fields);
  EXPECT_EQ(headers.combined("Accept"), "a, b, c");
  EXPECT_EQ(headers.combined("X"), "-");
  EXPECT_EQ(headers.combined("Y"), std::nullopt);
}

TEST(HeaderListTest, ListsDivideAtCommasOutsideQuotes) {
  EXPECT_THAT(split_list("a, b ,\tc"), ElementsAre("a", "b", "c"));
  EXPECT_THAT(split_list(",, a,,b,"), ElementsAre("a", "b"));
  EXPECT_THAT(split_list(R"("a,b", c)"), ElementsAre(R"("a,b")", "c"));
  EXPECT_THAT(split_list(R"("a\",b", c)"), ElementsAre(R"("a\",b")", "c"));
  EXPECT_THAT(split_list(R"("never, ended)"), ElementsAre(R"("never, ended)"));
  EXPECT_THAT(split_list("\"ends in a backslash\\"), ElementsAre("\"ends in a backslash\\"));
  EXPECT_THAT(split_list(""), IsEmpty());
  EXPECT_THAT(split_list(" \t "), IsEmpty());
}

}  // namespace
}  // namespace fhirbin::rest
