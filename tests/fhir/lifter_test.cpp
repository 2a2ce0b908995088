#include "engine/fhir/lifter.h"

#include <gtest/gtest.h>

#include "tests/fhir/lifting.h"

namespace fhirbin::fhir {
namespace {

using Kind = Lifter::Kind;

constexpr FhirVersion kR4 = FhirVersion::kR4;
constexpr FhirVersion kStu3 = FhirVersion::kStu3;

// Lifts in one piece, byte by byte and at every cut in two, and expects the same each time.
Lifted lift_every_way(FhirVersion version, std::string_view body) {
  const Lifted whole = lift(version, body);
  EXPECT_EQ(lift_bytewise(version, body), whole);
  for (std::size_t cut = 0; cut <= body.size(); ++cut) {
    EXPECT_EQ(lift(version, body, {cut}), whole) << "cut at " << cut;
  }
  return whole;
}

std::string with_quotes(std::string text) {
  std::ranges::replace(text, '\'', '"');
  return text;
}

TEST(LifterTest, TakesTheContentOutAndLeavesTheRestVerbatim) {
  const struct {
    const char* name;
    FhirVersion version;
    std::string body;
    std::string envelope;
    std::string content;
  } cases[] = {
      {"plain", kR4, "{'resourceType':'Binary','data':'aGVsbG8='}",
       "{'resourceType':'Binary','data':''}", "hello"},
      {"STU3", kStu3, "{'resourceType':'Binary','content':'aGVsbG8='}",
       "{'resourceType':'Binary','content':''}", "hello"},
      {"type last", kR4, "{'data':'aGVsbG8=','resourceType':'Binary'}",
       "{'data':'','resourceType':'Binary'}", "hello"},
      {"every whitespace", kR4,
       " \t\r\n{ \t\r\n'resourceType' \t:\r\n'Binary' , 'data'\t:\n'aGVsbG8=' }\r\n",
       " \t\r\n{ \t\r\n'resourceType' \t:\r\n'Binary' , 'data'\t:\n'' }\r\n", "hello"},
      {"other members", kR4,
       R"({'a':[1.10,-0,2e+5,true,false,null,{}],'data':'aGk=','b':'\u00e9 é 𝄞 \ud834\udd1e','resourceType':'Binary'})",
       R"({'a':[1.10,-0,2e+5,true,false,null,{}],'data':'','b':'\u00e9 é 𝄞 \ud834\udd1e','resourceType':'Binary'})",
       "hi"},
      {"escaped names", kR4, R"({'resourc\u0065Type':'Bin\u0061ry','d\u0061ta':'aGk='})",
       R"({'resourc\u0065Type':'Bin\u0061ry','d\u0061ta':''})", "hi"},
      {"payload names below the top", kR4,
       "{'resourceType':'Binary','meta':{'data':'@','content':'@','resourceType':'Patient'},'data':"
       "'aGk='}",
       "{'resourceType':'Binary','meta':{'data':'@','content':'@','resourceType':'Patient'},'data':"
       "''}",
       "hi"},
      {"names that begin alike", kR4,
       "{'dat':'@','data2':'@','resourceTypes':'x','resourceTypeOfManyLetters':'x','resourceType':'"
       "Binary'}",
       "{'dat':'@','data2':'@','resourceTypes':'x','resourceTypeOfManyLetters':'x','resourceType':'"
       "Binary'}",
       ""},
      {"no payload", kR4, "{'resourceType':'Binary'}", "{'resourceType':'Binary'}", ""},
      {"empty payload", kR4, "{'resourceType':'Binary','data':''}",
       "{'resourceType':'Binary','data':''}", ""},
      {"payload that is no string", kR4, "{'resourceType':'Binary','data':[5]}",
       "{'resourceType':'Binary','data':[5]}", ""},
      {"type named twice", kR4, "{'resourceType':'Binary','resourceType':'Patient'}",
       "{'resourceType':'Binary','resourceType':'Patient'}", ""},
      {"base64 of base64", kR4, "{'resourceType':'Binary','data':'YUdrPQ=='}",
       "{'resourceType':'Binary','data':''}", "aGk="},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const Lifted lifted = lift_every_way(c.version, with_quotes(c.body));
    EXPECT_FALSE(lifted.error) << lifted.error->message;
    EXPECT_EQ(lifted.kind, Kind::kBinary);
    EXPECT_EQ(lifted.envelope, with_quotes(c.envelope));
    EXPECT_EQ(lifted.content, c.content);
  }
}

TEST(LifterTest, UndoesEscapesAndSkipsWhitespaceInThePayload) {
  // All stand for the bytes FB FF BF, "+/+/" without escapes, then "hi".
  const std::string want("\xFB\xFF\xBFhi");
  const std::string payloads[] = {
      "+/+/aGk=",
      R"(+\/+\/aGk=)",
      R"(\u002B\u002F\u002b\u002faGk\u003D)",
      R"(\u002b\/+\/\u0061\u0047\u006B=)",
      R"(+/+/\r\naG\tk=\n)",
      R"( + / + / a\u0020G k = )",
      "+/+/\r\na\tGk=\n",
      "\n+/+/aGk=\r",
      R"(\u000A+/\u000d+/\u0009aGk=)",
  };
  for (const std::string& payload : payloads) {
    SCOPED_TRACE(payload);
    for (const std::string& body : {R"({"resourceType":"Binary","data":")" + payload + "\"}",
                                    R"({"data":")" + payload + R"(","resourceType":"Binary"})"}) {
      const Lifted lifted = lift_every_way(kR4, body);
      EXPECT_FALSE(lifted.error) << lifted.error->message;
      EXPECT_EQ(lifted.content, want);
      EXPECT_TRUE(lifted.has_payload);
    }
  }
}

TEST(LifterTest, TakesRawLineBreaksOnlyInThePayload) {
  for (const char* body : {"{\"resourceType\":\"Binary\",\"id\":\"a\nb\"}",
                           "{\"resourceType\":\"Binary\",\"da\nta\":\"\"}",
                           "{\"id\":\"a\tb\",\"resourceType\":\"Binary\"}",
                           "{\"a\":{\"data\":\"\r\"},\"resourceType\":\"Binary\"}"}) {
    const Lifted lifted = lift_every_way(kR4, body);
    ASSERT_TRUE(lifted.error);
    EXPECT_EQ(lifted.error->issue, IssueType::kStructure);
  }
}

TEST(LifterTest, TellsBinariesFromEverythingElse) {
  const struct {
    const char* body;
    Kind kind;
  } cases[] = {
      {"{'resourceType':'Binary'}", Kind::kBinary},
      {"{'resourceType':'Patient','active':true}", Kind::kOther},
      {"{'resourceType':'binary'}", Kind::kOther},
      {"{'resourceType':'Binary '}", Kind::kOther},
      {"{'resourceType':''}", Kind::kOther},
      {"{'resourceType':'BinaryBinaryBinaryBinary'}", Kind::kOther},
      {"{'resourceType':5,'data':'@'}", Kind::kOther},
      {"{'resourceType':{'resourceType':'Binary'}}", Kind::kOther},
      {"{'resourceType':['Binary']}", Kind::kOther},
      {"{'resourceType':null,'resourceType':'Binary'}", Kind::kOther},
      {"{'resourceType':'Patient','resourceType':'Binary'}", Kind::kOther},
      {"{'resourceType':'Bundle','entry':[{'resource':{'resourceType':'Binary'}}]}", Kind::kOther},
      {"{'entry':[{'resource':{'resourceType':'Binary','data':'@'}}],'resourceType':'Bundle'}",
       Kind::kOther},
      {"{'data':'not base64','content':'neither','data':5,'resourceType':'Patient'}", Kind::kOther},
      {"[{'resourceType':'Binary'}]", Kind::kOther},
      {"{}", Kind::kOther},
      {"[]", Kind::kOther},
      {"'resourceType'", Kind::kOther},
      {"0", Kind::kOther},
      {"-12.5e-7", Kind::kOther},
      {" true\n", Kind::kOther},
      {"null", Kind::kOther},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.body);
    const Lifted lifted = lift_every_way(kR4, with_quotes(c.body));
    EXPECT_FALSE(lifted.error) << lifted.error->message;
    EXPECT_EQ(lifted.kind, c.kind);
  }
}

TEST(LifterTest, IgnoresWhatFollowsOnceTheBodyIsAnotherResource) {
  const Lifted lifted = lift_every_way(kR4, "{\"resourceType\":\"Patient\",]]] \xFF\x01 not JSON");
  EXPECT_FALSE(lifted.error);
  EXPECT_EQ(lifted.kind, Kind::kOther);
}

TEST(LifterTest, SaysWhetherTheVersionsOwnPayloadMemberWasThere) {
  const struct {
    FhirVersion version;
    const char* body;
    bool has_payload;
  } cases[] = {
      {kR4, "{'resourceType':'Binary','data':''}", true},
      {kR4, "{'resourceType':'Binary'}", false},
      {kR4, "{'data':'','content':'','x':0", false},
      {kStu3, "{'resourceType':'Binary','content':'aGk='}", true},
      {FhirVersion::kDstu2, "{'resourceType':'Binary','content':'aGk='}", true},
      {FhirVersion::kR4B, "{'resourceType':'Binary','data':'aGk='}", true},
      {FhirVersion::kR5, "{'resourceType':'Binary','data':'aGk='}", true},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.body);
    EXPECT_EQ(lift(c.version, with_quotes(c.body)).has_payload, c.has_payload);
  }
}

TEST(LifterTest, FindsTheTypeBehindTwentyMegabytesOfContent) {
  const std::string quantum = "AAEC";
  std::string body = "{\"data\":\"";
  std::string want;
  for (int i = 0; i < 5'000'000; ++i) {
    body += quantum;
    want.append("\x00\x01\x02", 3);
  }
  body += "\",\"resourceType\":\"Binary\"}";
  for (const std::size_t step : {body.size(), std::size_t{65'536}, std::size_t{4'099}}) {
    std::vector<std::size_t> cuts;
    for (std::size_t cut = step; cut < body.size(); cut += step) {
      cuts.push_back(cut);
    }
    const Lifted lifted = lift(kR4, body, cuts);
    EXPECT_FALSE(lifted.error);
    EXPECT_EQ(lifted.kind, Kind::kBinary);
    EXPECT_EQ(lifted.envelope, R"({"data":"","resourceType":"Binary"})");
    EXPECT_TRUE(lifted.content == want);
  }
}

TEST(LifterTest, WritesAtMost64KiBAtOnce) {
  const std::string body =
      R"({"resourceType":"Binary","data":")" + std::string(1'000'000, 'A') + "\"}";
  Lifter lifter(kR4);
  KeepingSink sink;
  ASSERT_TRUE(lifter.feed(as_bytes(body), sink));
  ASSERT_TRUE(lifter.finish(sink));
  EXPECT_EQ(sink.kept.size(), 750'000U);
  EXPECT_LE(sink.largest_write, 64U << 10);
  EXPECT_GE(sink.largest_write, 32U << 10);
}

TEST(LifterTest, PassesOnTheErrorOfItsSinkAndIsSpentThen) {
  class FullSink final : public ContentSink {
   public:
    Result<void> write(ByteSpan) override {
      return std::unexpected<Error>(Error{.code = ErrorCode::kNoSpace, .message = "full"});
    }
  };
  for (const std::string_view head : {R"({"resourceType":"Binary","data":")", R"({"data":")"}) {
    Lifter lifter(kR4);
    FullSink sink;
    const std::string body = std::string(head) + "aGk=\"}";
    const Result<void> fed = lifter.feed(as_bytes(body), sink);
    ASSERT_FALSE(fed);
    EXPECT_EQ(fed.error().code, ErrorCode::kNoSpace);
    EXPECT_EQ(lifter.feed(as_bytes("}"), sink).error().code, ErrorCode::kNoSpace);
    EXPECT_EQ(lifter.finish(sink).error().code, ErrorCode::kNoSpace);
  }
}

TEST(LifterTest, CanBeMovedBetweenPieces) {
  KeepingSink sink;
  Lifter first(kR4);
  ASSERT_TRUE(first.feed(as_bytes(R"({"resourceType":"Binary","data":"aG\u00)"), sink));
  Lifter second(std::move(first));
  ASSERT_TRUE(second.feed(as_bytes(R"(6b="})"), sink));
  ASSERT_TRUE(second.finish(sink));
  EXPECT_EQ(sink.kept, "hi");
}

}  // namespace
}  // namespace fhirbin::fhir
