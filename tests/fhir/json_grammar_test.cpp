#include "engine/fhir/json_grammar.h"

#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <simdjson.h>

namespace fhirbin::fhir {
namespace {

using Event = JsonGrammar::Event;

// Feeds `text`, leaving the inside of strings out as callers do. Returns the event that ended it.
std::optional<Event> feed(JsonGrammar& grammar, std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const Event event = grammar.step(text[i]);
    if (event == Event::kTooDeep || event == Event::kFault) {
      return event;
    }
    if (event == Event::kKey || event == Event::kString) {
      i = text.find('"', i + 1);
      if (i == std::string_view::npos) {
        return Event::kFault;  // a string left open
      }
    }
  }
  return std::nullopt;
}

bool is_json(std::string_view text) {
  JsonGrammar grammar;
  return !feed(grammar, text) && grammar.is_complete();
}

// One letter for each character: what the grammar said of it.
std::string events_of(std::string_view text) {
  JsonGrammar grammar;
  std::string letters;
  for (const char c : text) {
    letters.push_back(".ksv^!"[static_cast<std::size_t>(grammar.step(c))]);
  }
  return letters;
}

TEST(JsonGrammarTest, TakesEveryKindOfValueWithSpaceAround) {
  for (const std::string_view text : {"{}",
                                      "[]",
                                      "\"\"",
                                      "true",
                                      "false",
                                      "null",
                                      "0",
                                      "-0",
                                      "7",
                                      "10",
                                      "-1.5",
                                      "0.0",
                                      "1e5",
                                      "1E+05",
                                      "0e-0",
                                      "12.34E56",
                                      "[1,2]",
                                      "[[],[{}]]",
                                      R"({"a":1,"b":[true,null],"c":{"d":""}})",
                                      " \t\r\n[ \t\r\n1 \t\r\n, \t\r\n2 \t\r\n] \t\r\n",
                                      R"( { "a" : 0 , "b" : -0.5e1 } )"}) {
    EXPECT_TRUE(is_json(text)) << text;
  }
}

TEST(JsonGrammarTest, RefusesWhatRfc8259DoesNotHave) {
  for (const std::string_view text : {"",          " ",           "{",         "}",
                                      "[",         "]",           ",",         ":",
                                      "[1",        "[1,",         "[,1]",      "[1,]",
                                      "[1 2]",     "[1}",         "{]",        "{\"a\"}",
                                      "{\"a\":}",  "{\"a\":1,}",  "{,}",       "{1:2}",
                                      "{a:1}",     "{\"a\":1:2}", "{\"a\",1}", "[\"a\":1]",
                                      "1 2",       "{}{}",        "[],",       "\"\"\"\"",
                                      "01",        "-",           "+1",        "-a",
                                      ".5",        "1.",          "1.e1",      "1e",
                                      "1e+",       "1e1.5",       "1ee1",      "--1",
                                      "0x1",       "00",          "-01",       "tru",
                                      "truee",     "True",        "nul",       "nullnull",
                                      "falsetrue", "NaN",         "Infinity",  "'a'",
                                      "//",        "[1]//",       "\v1",       "\xEF\xBB\xBF{}",
                                      "\xC2\xA0{}"}) {
    EXPECT_FALSE(is_json(text)) << text;
  }
  EXPECT_FALSE(is_json(std::string_view("1\0", 2)));
}

TEST(JsonGrammarTest, SaysWhatBeginsWhere) {
  // The strings are empty here, so that each key and string is one quote: the other is the
  // caller's.
  EXPECT_EQ(events_of("true"), "v...");
  EXPECT_EQ(events_of("-12.5e+3 "), "v........");
  EXPECT_EQ(events_of("[1,\",null]"), "vv.s.v....");
  EXPECT_EQ(events_of(R"({":",":[],":{}})"), "vk.s.k.v..k.v..");
  EXPECT_EQ(events_of("[1]]"), "vv.!");
  EXPECT_EQ(events_of("[1}"), "vv!");
}

TEST(JsonGrammarTest, OnlyWhatFollowsANumberEndsIt) {
  for (const std::string_view number : {"0", "-0", "12", "1.5", "1e5", "1e-5"}) {
    EXPECT_TRUE(is_json(number)) << number;
    JsonGrammar grammar;
    EXPECT_EQ(feed(grammar, "[" + std::string(number)), std::nullopt);
    EXPECT_FALSE(grammar.is_complete()) << "the array is open";
    EXPECT_EQ(grammar.step(']'), Event::kNone);
    EXPECT_TRUE(grammar.is_complete());
  }
}

TEST(JsonGrammarTest, DepthCountsWhatIsOpen) {
  JsonGrammar grammar;
  std::vector<std::size_t> depths;
  for (const char c : std::string_view("[{},[[0]]]")) {
    (void)grammar.step(c);
    depths.push_back(grammar.depth());
  }
  EXPECT_EQ(depths, (std::vector<std::size_t>{1, 2, 1, 1, 2, 3, 3, 2, 1, 0}));
}

TEST(JsonGrammarTest, GoesAsDeepAsItSaysAndNoDeeper) {
  for (const std::string open : {"[", "{\"a\":", "[{\"a\":"}) {
    const std::size_t levels_each = open.size() > 5 ? 2 : 1;
    std::string text;
    for (std::size_t i = 0; i < JsonGrammar::kMaxLevels; i += levels_each) {
      text += open;
    }
    JsonGrammar grammar;
    EXPECT_EQ(feed(grammar, text), std::nullopt);
    EXPECT_EQ(grammar.depth(), JsonGrammar::kMaxLevels);
    JsonGrammar deeper = grammar;
    EXPECT_EQ(deeper.step('{'), Event::kTooDeep);
    if (open == "[") {
      deeper = grammar;
      EXPECT_EQ(deeper.step('['), Event::kTooDeep);
    }
    // Each level remembers what it is, the deepest and the outermost alike.
    (void)grammar.step('1');
    for (std::size_t level = JsonGrammar::kMaxLevels; level > 0; --level) {
      const bool is_object = open == "[" ? false : levels_each == 1 || level % 2 == 0;
      JsonGrammar wrong = grammar;
      ASSERT_EQ(wrong.step(is_object ? ']' : '}'), Event::kFault) << level;
      ASSERT_EQ(grammar.step(is_object ? '}' : ']'), Event::kNone) << level;
    }
    EXPECT_TRUE(grammar.is_complete());
  }
}

// Every text of up to five of these characters, against a parser of others.
TEST(JsonGrammarTest, AgreesWithAnotherParserOnAllShortTexts) {
  constexpr std::string_view kAlphabet = "{}[],:\"01-.e";
  constexpr std::size_t kMostCharacters = 5;
  simdjson::dom::parser parser;
  std::vector<std::string> texts{""};
  std::size_t accepted = 0;
  for (std::size_t begin = 0; begin < texts.size(); ++begin) {
    const std::string text = texts[begin];
    simdjson::dom::element root;
    const bool want = parser.parse(simdjson::padded_string(text)).get(root) == simdjson::SUCCESS;
    ASSERT_EQ(is_json(text), want) << text;
    accepted += want ? 1U : 0U;
    // What begins with a fault, no character can mend.
    JsonGrammar grammar;
    const bool may_go_on = text.find('"') != std::string::npos || !feed(grammar, text);
    for (const char c : may_go_on&& text.size() < kMostCharacters ? kAlphabet : "") {
      texts.push_back(text + c);
    }
  }
  EXPECT_GT(accepted, 500U);
}

}  // namespace
}  // namespace fhirbin::fhir
