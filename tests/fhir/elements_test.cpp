#include "engine/fhir/elements.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace fhirbin::fhir {
namespace {

std::string with_quotes(std::string text) {
  std::ranges::replace(text, '\'', '"');
  return text;
}

TEST(ElementsTest, AnUpdateCarriesTagsAndLabelsForwardAndReplacesTheRest) {
  const struct {
    const char* name;
    const char* former;
    const char* next;
    const char* want;
  } cases[] = {
      {"nothing", "{}", "{}", "{}"},
      {"a raw update keeps tags and labels",
       "{'meta':{'source':'s','profile':['p'],'security':[{'code':'R'}],'tag':[{'code':'a'}]},"
       "'language':'de','_data':{'id':'x'}}",
       "{}", "{'meta':{'security':[{'code':'R'}],'tag':[{'code':'a'}]}}"},
      {"profile and the rest come from next",
       "{'meta':{'profile':['old'],'tag':[{'code':'a'}]},'language':'de'}",
       "{'meta':{'id':'m','profile':['new']},'implicitRules':'r'}",
       "{'meta':{'id':'m','profile':['new'],'tag':[{'code':'a'}]},'implicitRules':'r'}"},
      {"only next has any", "{}", "{'meta':{'tag':[{'code':'b'}]},'language':'en'}",
       "{'meta':{'tag':[{'code':'b'}]},'language':'en'}"},
      {"merged by system and code",
       "{'meta':{'tag':[{'system':'s','code':'a','display':'old'},{'system':'t','code':'a'}]}}",
       "{'meta':{'tag':[{'system':'u','code':'a'},{'system':'s','code':'a','display':'new'}]}}",
       "{'meta':{'tag':[{'system':'s','code':'a','display':'new'},{'system':'t','code':'a'},"
       "{'system':'u','code':'a'}]}}"},
      {"system and code do not run together", "{'meta':{'tag':[{'system':'ab','code':'c'}]}}",
       "{'meta':{'tag':[{'system':'a','code':'bc'},{'system':'abc'},{'code':'abc'}]}}",
       "{'meta':{'tag':[{'system':'ab','code':'c'},{'system':'a','code':'bc'},{'system':'abc'},"
       "{'code':'abc'}]}}"},
      {"tags and labels stay apart", "{'meta':{'security':[{'code':'a'}]}}",
       "{'meta':{'tag':[{'code':'a'}]}}",
       "{'meta':{'security':[{'code':'a'}],'tag':[{'code':'a'}]}}"},
      {"without system and code only equals are the same", "{'meta':{'tag':[{'display':'x'}]}}",
       "{'meta':{'tag':[{'display':'x'},{'display':'y'}]}}",
       "{'meta':{'tag':[{'display':'x'},{'display':'y'}]}}"},
      {"repeats become one", "{}", "{'meta':{'tag':[{'code':'a'},{'code':'a'}]}}",
       "{'meta':{'tag':[{'code':'a'}]}}"},
      {"repeating what is there changes nothing",
       "{'meta':{'tag':[{'code':'b'},{'code':'a'}]},'language':'de'}",
       "{'meta':{'tag':[{'code':'a'}]},'language':'de'}",
       "{'meta':{'tag':[{'code':'b'},{'code':'a'}]},'language':'de'}"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const Result<std::string> merged = merge_elements(with_quotes(c.former), with_quotes(c.next));
    ASSERT_TRUE(merged) << merged.error().message;
    EXPECT_EQ(*merged, with_quotes(c.want));
  }
}

TEST(ElementsTest, DamagedElementsAreCorrupt) {
  for (const char* damaged : {"", "[]", "{", "x", "{}}", "\"a\""}) {
    SCOPED_TRACE(damaged);
    const Result<std::string> merged = merge_elements(damaged, "{}");
    ASSERT_FALSE(merged);
    EXPECT_EQ(merged.error().code, ErrorCode::kCorrupt);
  }
}

TEST(ElementsTest, AReferenceKeepsItsTextThroughJson) {
  for (const std::string& text : {std::string("Patient/1"), std::string("a\"b\\c/d"),
                                  std::string("é𝄞"), std::string("\x01")}) {
    const Result<std::string> back = reference_of(make_reference(text));
    ASSERT_TRUE(back);
    EXPECT_EQ(*back, text);
  }
  EXPECT_EQ(make_reference("Patient/1"), R"({"reference":"Patient/1"})");
  EXPECT_EQ(make_reference(""), "");
  EXPECT_EQ(reference_of("").value(), "");
  EXPECT_EQ(reference_of(R"({"display":"x"})").value(), "");
  EXPECT_EQ(reference_of(R"({"reference":"a\/b"})").value(), "a/b");
  EXPECT_EQ(reference_of("nonsense").error().code, ErrorCode::kCorrupt);
}

}  // namespace
}  // namespace fhirbin::fhir
