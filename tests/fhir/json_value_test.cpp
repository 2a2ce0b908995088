#include "engine/fhir/json_value.h"

#include <string>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "engine/fhir/envelope.h"
#include "tests/support/result_matchers.h"

namespace fhirbin::fhir {

bool operator==(const JsonMember& a, const JsonMember& b);

bool operator==(const JsonValue& a, const JsonValue& b) {
  return a.kind == b.kind && a.text == b.text && a.items == b.items && a.members == b.members;
}

bool operator==(const JsonMember& a, const JsonMember& b) {
  return a.name == b.name && a.value == b.value;
}

namespace {

using Kind = JsonValue::Kind;
using testing::is_error;
using testing::is_ok;

std::string text_of(const JsonValue& value) {
  std::string text;
  append_json(text, value);
  return text;
}

// `text` read and written again; what went wrong when it cannot be read.
std::string rewrite(std::string_view text) {
  const auto value = parse_json(text);
  return value ? text_of(*value) : value.error().message;
}

TEST(JsonValueTest, BecomesATreeWithItsMembersInOrder) {
  const auto root = parse_json(R"( { "z" : [ null , true , "x" ] , "a" : { "n" : -1.50E+2 } } )");
  ASSERT_THAT(root, is_ok());
  ASSERT_EQ(root->kind, Kind::kObject);
  ASSERT_EQ(root->members.size(), 2U);
  EXPECT_EQ(root->members[0].name, "z");
  EXPECT_EQ(root->members[1].name, "a");
  const JsonValue& list = root->members[0].value;
  ASSERT_EQ(list.kind, Kind::kArray);
  ASSERT_EQ(list.items.size(), 3U);
  EXPECT_EQ(list.items[0].kind, Kind::kNull);
  EXPECT_EQ(list.items[1].kind, Kind::kBoolean);
  EXPECT_EQ(list.items[1].text, "true");
  EXPECT_TRUE(list.items[2].is_text("x"));
  const JsonValue* const number = root->find("a")->find("n");
  ASSERT_NE(number, nullptr);
  EXPECT_EQ(number->kind, Kind::kNumber);
  EXPECT_EQ(number->text, "-1.50E+2");
  EXPECT_FALSE(number->is_text("-1.50E+2")) << "a number is no text";
  EXPECT_EQ(root->find("n"), nullptr) << "a member of a member is none of this";
  EXPECT_EQ(list.find("z"), nullptr);
}

TEST(JsonValueTest, NumbersStayAsTheyWereWritten) {
  for (const std::string_view text :
       {"[0,-0,1.0,1.00,1e2,1E+2,-0.10e-05]", "[123456789012345678901234567890]",
        "[0.1000000000000000055511151231257827021181583404541015625,1e999999]"}) {
    EXPECT_EQ(rewrite(text), text);
  }
  EXPECT_EQ(rewrite("[ 1 , 2\n,\t3\r\n]"), "[1,2,3]");
}

TEST(JsonValueTest, StringsAreKeptByMeaning) {
  EXPECT_EQ(parse_json(R"(["\u0041\/\"\\\u00e9\ud834\udd1e"])")->items[0].text,
            "A/\"\\\xC3\xA9\xF0\x9D\x84\x9E");
  EXPECT_EQ(parse_json(R"(["a\u0000b"])")->items[0].text, std::string("a\0b", 3));
  EXPECT_EQ(rewrite(R"(["\u0041\/\u0022\u005c\u000a\u000D\u0009\u0000\u001f"])"),
            R"(["A/\"\\\n\r\t\u0000\u001f"])");
  EXPECT_EQ(rewrite(R"({"\u0061":1})"), R"({"a":1})");
}

TEST(JsonValueTest, RefusesWhatIsNotOneJsonText) {
  for (const std::string_view text : {"",
                                      " ",
                                      "{",
                                      "[1,]",
                                      "{}{}",
                                      "[1] x",
                                      "{\"a\":1,}",
                                      "[\"\x01\"]",
                                      "[\"a\nb\"]",
                                      "[\"\\x\"]",
                                      "[\"\\ud800\"]",
                                      "[\"\\udc00\"]",
                                      "[\"\xC3\"]",
                                      "[\"\xED\xA0\x80\"]",
                                      "[\"\xFF\"]",
                                      "[\"",
                                      "[\"\\",
                                      "[\"\\u12",
                                      "[01]",
                                      "[tru]",
                                      "\xEF\xBB\xBF{}",
                                      "[1]\x01"}) {
    const auto value = parse_json(text);
    ASSERT_THAT(value, is_error(ErrorCode::kInvalidResource)) << text;
    EXPECT_EQ(value.error().issue, IssueType::kStructure) << text;
  }
  EXPECT_THAT(parse_json(std::string_view("{}\0", 3)), is_error(ErrorCode::kInvalidResource));
}

TEST(JsonValueTest, AnEnvelopeIsAnObjectOrAnArrayAtLeast) {
  for (const std::string_view text : {"1", "\"a\"", "true", "null"}) {
    EXPECT_THAT(parse_json(text), is_error(ErrorCode::kInvalidResource)) << text;
  }
}

TEST(JsonValueTest, RefusesAMemberThatStandsTwiceHoweverItIsWritten) {
  for (const std::string_view text :
       {R"({"a":1,"a":1})", R"({"a":1,"b":2,"a":3})", R"({"a":1,"\u0061":2})", R"({"":1,"":2})",
        R"([{"x":{"a":1,"a":2}}])"}) {
    EXPECT_THAT(parse_json(text), is_error(ErrorCode::kInvalidResource)) << text;
  }
  for (const std::string_view text :
       {R"({"a":1,"A":1})", R"({"a":{"a":{"a":1}}})", R"([{"a":1},{"a":1}])"}) {
    EXPECT_EQ(rewrite(text), text);
  }
}

TEST(JsonValueTest, GoesSixteenLevelsDeep) {
  const auto nest = [](std::string_view open, std::string_view close, std::size_t levels) {
    std::string text;
    for (std::size_t i = 0; i < levels; ++i) {
      text += open;
    }
    text += "1";
    for (std::size_t i = 0; i < levels; ++i) {
      text += close;
    }
    return text;
  };
  for (const auto& [open, close] : {std::pair("[", "]"), std::pair("{\"a\":", "}")}) {
    EXPECT_THAT(parse_json(nest(open, close, kMaxJsonDepth)), is_ok());
    const auto deeper = parse_json(nest(open, close, kMaxJsonDepth + 1));
    ASSERT_THAT(deeper, is_error(ErrorCode::kInvalidResource));
    EXPECT_EQ(deeper.error().message, "the resource is nested too deeply");
    EXPECT_THAT(parse_json(nest(open, close, 5000)), is_error(ErrorCode::kInvalidResource));
  }
}

TEST(JsonValueTest, MessagesHoldNothingOfTheText) {
  for (const std::string_view text :
       {R"({"secret":1,"secret":2})", R"({"secret":})", R"({"secret":"secret\ud800"})"}) {
    const auto value = parse_json(text);
    ASSERT_FALSE(value);
    EXPECT_EQ(value.error().message.find("secret"), std::string::npos);
  }
}

TEST(JsonValueTest, StoredElementsThatAreNoObjectAreDamage) {
  for (const std::string_view text : {"", "[]", "1", "{", "{}x", R"({"a":1,"a":2})"}) {
    EXPECT_THAT(parse_stored_object(text), is_error(ErrorCode::kCorrupt)) << text;
  }
  const auto stored = parse_stored_object(R"({"language":"de"})");
  ASSERT_THAT(stored, is_ok());
  EXPECT_TRUE(stored->find("language")->is_text("de"));
}

// Characters of one to four bytes, and those that need an escape.
std::string any_text() {
  const auto piece = rc::gen::element<std::string>(
      "a", "Z", "0", " ", "\"", "\\", "/", "\n", "\x01", "\x1F", "\x7F", std::string(1, '\0'),
      "\xC2\x80", "\xC3\xA9", "\xE2\x82\xAC", "\xEF\xBF\xBF", "\xF0\x9D\x84\x9E");
  std::string text;
  for (const std::string& each :
       *rc::gen::resize(6, rc::gen::container<std::vector<std::string>>(piece))) {
    text += each;
  }
  return text;
}

JsonValue any_value(std::size_t levels) {
  JsonValue value;
  value.kind = *rc::gen::element(Kind::kNull, Kind::kBoolean, Kind::kNumber, Kind::kString,
                                 Kind::kArray, Kind::kObject);
  const bool is_leaf = levels == 0;
  if (is_leaf && (value.kind == Kind::kArray || value.kind == Kind::kObject)) {
    return value;  // an empty one
  }
  const std::size_t count = *rc::gen::inRange<std::size_t>(0, 4);
  switch (value.kind) {
    case Kind::kNull:
      value.text = "null";
      break;
    case Kind::kBoolean:
      value.text = *rc::gen::element<std::string>("true", "false");
      break;
    case Kind::kNumber:
      value.text = *rc::gen::element<std::string>("0", "-0", "12", "-3.50", "1E+9", "0.1e-3",
                                                  "99999999999999999999");
      break;
    case Kind::kString:
      value.text = any_text();
      break;
    case Kind::kArray:
      for (std::size_t i = 0; i < count; ++i) {
        value.items.push_back(any_value(levels - 1));
      }
      break;
    case Kind::kObject:
      for (std::size_t i = 0; i < count; ++i) {
        const std::string name = any_text();
        if (value.find(name) == nullptr) {
          value.members.push_back({.name = name, .value = any_value(levels - 1)});
        }
      }
      break;
  }
  return value;
}

TEST(JsonValueTest, WhatIsWrittenReadsBackTheSame) {
  EXPECT_TRUE(rc::check("a tree survives its text", [] {
    JsonValue root = JsonValue::make_array();
    root.items.push_back(any_value(5));
    const std::string text = text_of(root);
    const auto read = parse_json(text);
    RC_ASSERT(read.has_value());
    RC_ASSERT(*read == root);
    RC_ASSERT(text_of(*read) == text);
  }));
}

}  // namespace
}  // namespace fhirbin::fhir
