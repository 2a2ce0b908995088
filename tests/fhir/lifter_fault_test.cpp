#include <gtest/gtest.h>

#include "engine/fhir/envelope.h"
#include "tests/fhir/lifting.h"

namespace fhirbin::fhir {
namespace {

using Kind = Lifter::Kind;

constexpr FhirVersion kR4 = FhirVersion::kR4;

void expect_fault(const Lifted& lifted, IssueType issue) {
  ASSERT_TRUE(lifted.error);
  EXPECT_EQ(lifted.error->code, ErrorCode::kInvalidResource);
  EXPECT_EQ(lifted.error->issue, issue);
}

void expect_fault_every_way(FhirVersion version, std::string_view body, IssueType issue) {
  const Lifted whole = lift(version, body);
  expect_fault(whole, issue);
  EXPECT_EQ(lift_bytewise(version, body), whole);
  for (std::size_t cut = 0; cut <= body.size(); ++cut) {
    EXPECT_EQ(lift(version, body, {cut}), whole) << "cut at " << cut;
  }
}

// A member before and behind the type: the fault shows at once, or is held until the type is known.
std::vector<std::string> binaries_with(const std::string& member) {
  return {R"({"resourceType":"Binary",)" + member + "}",
          "{" + member + R"(,"resourceType":"Binary"})"};
}

std::string nested(std::size_t levels) {
  return std::string(levels, '[') + std::string(levels, ']');
}

TEST(LifterFaultTest, RefusesTextThatIsNotJson) {
  const std::string bodies[] = {
      "",
      " ",
      "hello",
      "\xEF\xBB\xBF{\"resourceType\":\"Binary\"}",
      "{",
      "}",
      "[1,]",
      "[,1]",
      "[1 2]",
      "[1}",
      "{]",
      "{\"a\"}",
      "{\"a\":}",
      "{\"a\":1,}",
      "{\"a\" 1}",
      "{\"a\":1 \"b\":2}",
      "{,}",
      "{a:1}",
      "{'a':1}",
      "{\"a\":1}}",
      "{}{}",
      "{} x",
      "1,2",
      "[01]",
      "[+1]",
      "[-]",
      "[1.]",
      "[.5]",
      "[1e]",
      "[1e+]",
      "[0x1]",
      "[1-2]",
      "[tru]",
      "[truex]",
      "[nulL]",
      "[falsee]",
      "-",
      "1.",
      "1e",
      "tru",
      "\"",
      "\"abc",
      R"(["\x"])",
      R"(["\u12"])",
      R"(["\u12G4"])",
      R"(["\ud800"])",
      R"(["\ud800x"])",
      R"(["\ud800\n"])",
      R"(["\ud800\ud800"])",
      R"(["\udc00"])",
      "[\"\x01\"]",
      "[\"\n\"]",
      "[\"\x1f\"]",
      "[\"\x80\"]",
      "[\"\xC0\xAF\"]",
      "[\"\xE0\x9F\xBF\"]",
      "[\"\xED\xA0\x80\"]",
      "[\"\xF0\x8F\xBF\xBF\"]",
      "[\"\xF4\x90\x80\x80\"]",
      "[\"\xF5\x80\x80\x80\"]",
      "[\"\xE2\x82\"]",
      "[\xC3\xA9]",
      "{\"data\":\"\xFF\",\"resourceType\":\"Binary\"}",
      "{\"data\":\"\x01\",\"resourceType\":\"Binary\"}",
      "{\"content\":\"\x01\",\"resourceType\":\"Binary\"}",
      std::string("[\0]", 3),
      nested(1025),
      "{\"resourceType\":\"Binary\"} trailing",
      "{\"resourceType\":\"Binary\"}{\"resourceType\":\"Binary\"}",
      "{\"resourceType\":\"Binary\",\"id\":\"\xFF\"}",
  };
  for (const std::string& body : bodies) {
    SCOPED_TRACE(body.substr(0, 100));
    expect_fault_every_way(kR4, body, IssueType::kStructure);
  }
}

TEST(LifterFaultTest, RefusesABodyThatIsCutOffAnywhere) {
  for (const std::string_view body :
       {R"({"resourceType":"Binary","id":"\u0061","data":"aGk=","meta":{"a":[1,true]}})",
        R"({"data":"aGk=","a":-1.5e+7,"resourceType":"Binary"})"}) {
    for (std::size_t length = 0; length < body.size(); ++length) {
      SCOPED_TRACE(length);
      expect_fault(lift(kR4, body.substr(0, length)), IssueType::kStructure);
    }
  }
}

TEST(LifterFaultTest, RefusesBadBase64InABinary) {
  const std::string payloads[] = {
      "a",          "ab",       "abc",      "abcde",      "ab=",    "a=bc",           "=abc",
      "====",       "ab==ab==", "abc=abcd", "ab=c",       "a===",   "abcd=",          "abcd==",
      "ab==\\n=",   "-_-_",     "ab-d",     "ab_d",       "abc?",   "ab\\u0000d",     "ab\\u00e9d",
      "ab\xC3\xA9", "ab\\\\d",  "ab\\\"d",  "ab\\u000Bd", "ab\\fd", "\\ud834\\udd1e",
  };
  for (const std::string& payload : payloads) {
    SCOPED_TRACE(payload);
    for (const std::string& body : binaries_with(R"("data":")" + payload + "\"")) {
      expect_fault_every_way(kR4, body, IssueType::kValue);
    }
  }
}

TEST(LifterFaultTest, ReadsSetBitsBehindTheLastByte) {
  for (const std::string& body : binaries_with(R"("data":"aGl=")")) {
    const Lifted lifted = lift(kR4, body);
    EXPECT_FALSE(lifted.error);
    EXPECT_EQ(lifted.content, "hi");
  }
}

TEST(LifterFaultTest, RefusesThePayloadMemberOfOtherVersions) {
  const struct {
    FhirVersion version;
    const char* wrong;
  } cases[] = {
      {FhirVersion::kDstu2, "data"},  {FhirVersion::kStu3, "data"},  {FhirVersion::kR4, "content"},
      {FhirVersion::kR4B, "content"}, {FhirVersion::kR5, "content"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(fhir_version_name(c.version));
    for (const std::string& body : binaries_with("\"" + std::string(c.wrong) + "\":\"aGk=\"")) {
      expect_fault_every_way(c.version, body, IssueType::kStructure);
      EXPECT_TRUE(lift(c.version, body).content.empty());
    }
  }
}

TEST(LifterFaultTest, RefusesTwoPayloadMembers) {
  for (const char* members : {R"("data":"aGk=","data":"aGk=")", R"("data":"","data":"")",
                              R"("data":"aGk=","content":"aGk=")", R"("data":"","d\u0061ta":"")"}) {
    SCOPED_TRACE(members);
    for (const std::string& body : binaries_with(members)) {
      expect_fault_every_way(kR4, body, IssueType::kStructure);
    }
  }
}

TEST(LifterFaultTest, TheFirstFaultOfABinaryIsTheOneReported) {
  expect_fault_every_way(kR4, R"({"data":"@","content":"","resourceType":"Binary"})",
                         IssueType::kValue);
  expect_fault_every_way(kR4, R"({"content":"","data":"@","resourceType":"Binary"})",
                         IssueType::kStructure);
}

TEST(LifterFaultTest, DepthBeyondSixteenCountsOnlyInABinary) {
  for (const std::string& body : binaries_with("\"a\":" + nested(kMaxJsonDepth - 1))) {
    EXPECT_FALSE(lift(kR4, body).error);
  }
  for (const std::string& body : binaries_with("\"a\":" + nested(kMaxJsonDepth))) {
    expect_fault_every_way(kR4, body, IssueType::kInvalid);
  }
  EXPECT_FALSE(lift(kR4, "{\"a\":" + nested(1023) + ",\"resourceType\":\"Patient\"}").error);
  EXPECT_FALSE(lift(kR4, nested(1024)).error);
}

TEST(LifterFaultTest, AnEnvelopeBeyondOneMebibyteCountsOnlyInABinary) {
  const std::string frame = R"({"resourceType":"Binary","a":""})";
  const std::string fits(kMaxEnvelopeBytes - frame.size(), 'x');
  const Lifted lifted = lift(kR4, R"({"resourceType":"Binary","a":")" + fits + "\"}");
  EXPECT_FALSE(lifted.error);
  EXPECT_EQ(lifted.envelope.size(), kMaxEnvelopeBytes);
  for (const std::string& body : binaries_with("\"a\":\"" + fits + "x\"")) {
    expect_fault(lift(kR4, body), IssueType::kInvalid);
    expect_fault(lift_bytewise(kR4, body), IssueType::kInvalid);
  }
  for (const std::string& body : binaries_with(std::string(kMaxEnvelopeBytes, ' ') + "\"a\":5")) {
    expect_fault(lift(kR4, body), IssueType::kInvalid);
  }
  const Lifted other = lift(kR4, "{\"a\":\"" + fits + "xx\",\"resourceType\":\"Patient\"}");
  EXPECT_FALSE(other.error);
  EXPECT_EQ(other.kind, Kind::kOther);
  EXPECT_TRUE(other.envelope.empty());
}

TEST(LifterFaultTest, ContentOfTheWrongMemberIsNeverCollected) {
  const std::string body = R"({"content":")" + std::string(4 << 20, 'A') + R"(","b":0)";
  const Lifted lifted = lift(kR4, body);
  EXPECT_TRUE(lifted.content.empty());
  EXPECT_EQ(lifted.envelope, R"({"content":"","b":0)");
}

TEST(LifterFaultTest, MessagesHoldNothingOfTheBody) {
  const std::string canary = "CANARY";
  for (const std::string_view body : {
           R"({"resourceType":"Binary","data":"CANARY?"})",
           R"({"CANARY":CANARY)",
           R"({"resourceType":"Binary","CANARY":"\q"})",
           R"({"resourceType":"Binary","CANARY")",
       }) {
    const Lifted lifted = lift(kR4, body);
    ASSERT_TRUE(lifted.error);
    EXPECT_EQ(lifted.error->message.find(canary), std::string::npos);
  }
}

}  // namespace
}  // namespace fhirbin::fhir
