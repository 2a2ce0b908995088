#include "engine/fhir/envelope.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace fhirbin::fhir {
namespace {

constexpr FhirVersion kVersions[] = {FhirVersion::kDstu2, FhirVersion::kStu3, FhirVersion::kR4,
                                     FhirVersion::kR4B, FhirVersion::kR5};
constexpr FhirVersion kDstu2 = FhirVersion::kDstu2;
constexpr FhirVersion kStu3 = FhirVersion::kStu3;
constexpr FhirVersion kR4 = FhirVersion::kR4;

constexpr std::string_view kReason =
    R"({"url":"http://hl7.org/fhir/StructureDefinition/data-absent-reason","valueCode":"unsupported"})";

std::string with_quotes(std::string text) {
  std::ranges::replace(text, '\'', '"');
  return text;
}

// A Binary with nothing but a content type and these members, written with ' for ".
std::string binary_with(const std::string& members) {
  return with_quotes("{'resourceType':'Binary','contentType':'a/b'" +
                     (members.empty() ? "" : "," + members) + "}");
}

TEST(EnvelopeTest, ReadsEveryMemberAndKeepsElementsInAFixedOrder) {
  const Result<Envelope> envelope = parse_envelope(with_quotes(R"( {
    '_data' : { 'extension' : [ { 'url' : 'u', 'valueDecimal' : 1.10 } ] },
    'language' : 'de', '_language' : { 'id' : 'l' },
    'data' : '', 'contentType' : 'a/b',
    'securityContext' : { 'display' : 'd', 'reference' : 'Patient\/1' },
    '_id' : { 'id' : 'i' }, '_contentType' : { 'id' : 'c' }, '_implicitRules' : { 'id' : 'r' },
    'implicitRules' : 'urn:x',
    'meta' : { 'tag' : [ { 'code' : 'c', 'system' : 's' } ], 'versionId' : '7', 'source' : '#x',
               'lastUpdated' : '2024-05-01T10:00:00Z', 'security' : [ { 'code' : 'R' } ],
               '_profile' : [ null, { 'id' : 'p' } ], 'profile' : [ 'p1', 'p2' ], 'id' : 'm' },
    'id' : 'abc', 'resourceType' : 'Binary' } )"),
                                                   kR4);
  ASSERT_TRUE(envelope) << envelope.error().message;
  EXPECT_EQ(envelope->id, "abc");
  EXPECT_EQ(envelope->security_context, R"({"reference":"Patient/1","display":"d"})");
  EXPECT_EQ(envelope->elements,
            with_quotes("{'meta':{'id':'m','source':'#x','profile':['p1','p2'],"
                        "'_profile':[null,{'id':'p'}],'security':[{'code':'R'}],"
                        "'tag':[{'system':'s','code':'c'}]},"
                        "'implicitRules':'urn:x','language':'de','_id':{'id':'i'},"
                        "'_implicitRules':{'id':'r'},'_language':{'id':'l'},"
                        "'_contentType':{'id':'c'},"
                        "'_data':{'extension':[{'url':'u','valueDecimal':1.10}]}}"));
  EXPECT_FALSE(envelope->payload_absent_reason);
  EXPECT_FALSE(envelope->subsetted);
}

TEST(EnvelopeTest, KeepsTheContentTypeAsWrittenButTrimmed) {
  const Result<Envelope> envelope =
      parse_envelope(R"({"resourceType":"Binary","contentType":"  text/Plain; Charset=X "})", kR4);
  ASSERT_TRUE(envelope) << envelope.error().message;
  EXPECT_EQ(envelope->content_type, "text/Plain; Charset=X");
  EXPECT_EQ(envelope->elements, "{}");
  EXPECT_EQ(envelope->id, "");
  EXPECT_EQ(envelope->security_context, "");
}

TEST(EnvelopeTest, AcceptsWhatTheVersionHas) {
  const struct {
    const char* members;
    FhirVersion first;
    FhirVersion last;
    const char* elements;
  } cases[] = {
      {"", kDstu2, FhirVersion::kR5, "{}"},
      {"'content':''", kDstu2, kStu3, "{}"},
      {"'data':''", kR4, FhirVersion::kR5, "{}"},
      {"'_content':{'id':'x'}", kDstu2, kStu3, "{'_content':{'id':'x'}}"},
      {"'_data':{'id':'x'}", kR4, FhirVersion::kR5, "{'_data':{'id':'x'}}"},
      {"'securityContext':{'reference':'a','_reference':{'id':'x'},'display':'d','id':'i',"
       "'_display':{'id':'y'},'extension':[{'url':'u'}]}",
       kStu3, FhirVersion::kR5, "{}"},
      {"'securityContext':{'identifier':{'value':'v','anything':[{}]}}", kStu3, FhirVersion::kR5,
       "{}"},
      {"'securityContext':{'type':'Patient','_type':{'id':'x'}}", kR4, FhirVersion::kR5, "{}"},
      {"'meta':{'source':'s'}", kR4, FhirVersion::kR5, "{'meta':{'source':'s'}}"},
      {"'meta':{'_source':{'id':'s'}}", kR4, FhirVersion::kR5, "{'meta':{'_source':{'id':'s'}}}"},
      {"'meta':{'versionId':'1','_versionId':{'id':'x'},'lastUpdated':'x','_lastUpdated':{'id':'x'}"
       "}",
       kDstu2, FhirVersion::kR5, "{}"},
      {"'meta':{}", kDstu2, FhirVersion::kR5, "{}"},
      {"'meta':{'tag':[],'security':[{}],'profile':[]}", kDstu2, FhirVersion::kR5, "{}"},
      {"'meta':{'profile':[null,'p'],'_profile':[{'extension':[{'url':'u'}]},null]}", kDstu2,
       FhirVersion::kR5,
       "{'meta':{'profile':[null,'p'],'_profile':[{'extension':[{'url':'u'}]},null]}}"},
      {"'meta':{'_profile':[{'id':'a'}],'profile':[null]}", kDstu2, FhirVersion::kR5,
       "{'meta':{'profile':[null],'_profile':[{'id':'a'}]}}"},
      {"'meta':{'tag':[{'userSelected':true,'display':'a\\nb','code':'c','version':'v','system':'s'"
       ","
       "'id':'i','_code':{'id':'x'},'extension':[{'url':'u','valueInteger':1}]}]}",
       kDstu2, FhirVersion::kR5,
       "{'meta':{'tag':[{'id':'i','extension':[{'url':'u','valueInteger':1}],'system':'s',"
       "'version':'v','code':'c','_code':{'id':'x'},'display':'a\\nb','userSelected':true}]}}"},
      {"'_id':{'extension':[{'url':'u','_valueX':[null,{'id':'a'}]}]}", kDstu2, FhirVersion::kR5,
       "{'_id':{'extension':[{'url':'u','_valueX':[null,{'id':'a'}]}]}}"},
      {"'_language':{'extension':[{'n':[1.10,-0.0,1e400,123456789012345678901234567890,1E+2,0]}]}",
       kDstu2, FhirVersion::kR5,
       "{'_language':{'extension':[{'n':[1.10,-0.0,1e400,123456789012345678901234567890,1E+2,0]}]}"
       "}"},
      {"'_language':{'extension':[{'s':'\\u00e9\\/\\u0001\\ud834\\udd1e','b':[true,false]}]}",
       kDstu2, FhirVersion::kR5,
       "{'_language':{'extension':[{'s':'é/\\u0001𝄞','b':[true,false]}]}}"},
  };
  for (const auto& c : cases) {
    for (const FhirVersion version : kVersions) {
      SCOPED_TRACE(std::string(c.members) + " in " + std::string(fhir_version_name(version)));
      const Result<Envelope> envelope = parse_envelope(binary_with(c.members), version);
      if (version < c.first || c.last < version) {
        ASSERT_FALSE(envelope);
        EXPECT_EQ(envelope.error().code, ErrorCode::kInvalidResource);
        EXPECT_EQ(envelope.error().issue, IssueType::kStructure);
        continue;
      }
      ASSERT_TRUE(envelope) << envelope.error().message;
      EXPECT_EQ(envelope->elements, with_quotes(c.elements));
    }
  }
}

TEST(EnvelopeTest, RefusesMembersAtFault) {
  const struct {
    std::string members;
    IssueType issue;
    const char* named;
  } cases[] = {
      {"'text':{'status':'x'}", IssueType::kStructure, "the Binary"},
      {"'extension':[{'url':'u'}]", IssueType::kStructure, "the Binary"},
      {"'contained':[]", IssueType::kStructure, "the Binary"},
      {"'_meta':{'id':'x'}", IssueType::kStructure, "the Binary"},
      {"'_resourceType':{'id':'x'}", IssueType::kStructure, "the Binary"},
      {"'contentType':'a/b'", IssueType::kStructure, "twice"},
      {"'id':'a','i\\u0064':'a'", IssueType::kStructure, "twice"},
      {"'_id':{'extension':[{'a':{'b':1,'b':2}}]}", IssueType::kStructure, "twice"},
      {"'meta':{'tag':[{'code':'a','code':'a'}]}", IssueType::kStructure, "twice"},
      {"'id':5", IssueType::kStructure, "`id`"},
      {"'id':null", IssueType::kStructure, "`id`"},
      {"'id':''", IssueType::kValue, "`id`"},
      {"'id':'a b'", IssueType::kValue, "`id`"},
      {"'id':'" + std::string(65, 'x') + "'", IssueType::kValue, "`id`"},
      {"'language':''", IssueType::kValue, "`language`"},
      {"'language':'a\\nb'", IssueType::kValue, "`language`"},
      {"'language':['de']", IssueType::kStructure, "`language`"},
      {"'implicitRules':'a\\u0000'", IssueType::kValue, "`implicitRules`"},
      {"'implicitRules':{}", IssueType::kStructure, "`implicitRules`"},
      {"'data':5", IssueType::kStructure, "`data`"},
      {"'data':null", IssueType::kStructure, "`data`"},
      {"'data':[]", IssueType::kStructure, "`data`"},
      {"'data':{}", IssueType::kStructure, "`data`"},
      {"'data':'x'", IssueType::kStructure, "`data`"},
      {"'_data':null", IssueType::kStructure, "`_data`"},
      {"'_data':[]", IssueType::kStructure, "`_data`"},
      {"'_data':{'url':'x'}", IssueType::kStructure, "`_data`"},
      {"'_data':{'extension':{}}", IssueType::kStructure, "`_data.extension`"},
      {"'_data':{'extension':['x']}", IssueType::kStructure, "`_data.extension`"},
      {"'_data':{'extension':[null]}", IssueType::kStructure, "`_data.extension`"},
      {"'_data':{'extension':[{'url':''}]}", IssueType::kValue, "`_data.extension`"},
      {"'_data':{'extension':[{'url':null}]}", IssueType::kStructure, "`_data.extension`"},
      {"'_data':{'extension':[{'a':[null]}]}", IssueType::kStructure, "`_data.extension`"},
      {"'_data':{'extension':[{'_a':null}]}", IssueType::kStructure, "`_data.extension`"},
      {"'_data':{'extension':[{'_a':[[null]]}]}", IssueType::kStructure, "`_data.extension`"},
      {"'_data':{'id':''}", IssueType::kValue, "`_data.id`"},
      {"'meta':null", IssueType::kStructure, "`meta`"},
      {"'meta':[]", IssueType::kStructure, "`meta`"},
      {"'meta':{'unknown':1}", IssueType::kStructure, "`meta`"},
      {"'meta':{'_tag':[]}", IssueType::kStructure, "`meta`"},
      {"'meta':{'versionId':1}", IssueType::kStructure, "`meta.versionId`"},
      {"'meta':{'versionId':'a/b'}", IssueType::kValue, "`meta.versionId`"},
      {"'meta':{'lastUpdated':true}", IssueType::kStructure, "`meta.lastUpdated`"},
      {"'meta':{'source':['x']}", IssueType::kStructure, "`meta.source`"},
      {"'meta':{'profile':'x'}", IssueType::kStructure, "`meta.profile`"},
      {"'meta':{'profile':[null]}", IssueType::kStructure, "`meta.profile`"},
      {"'meta':{'profile':['p',null],'_profile':[{'id':'a'}]}", IssueType::kStructure,
       "`meta.profile`"},
      {"'meta':{'profile':[null],'_profile':[null]}", IssueType::kStructure, "`meta.profile`"},
      {"'meta':{'profile':[null],'_profile':[{}]}", IssueType::kStructure, "`meta.profile`"},
      {"'meta':{'profile':[null],'_profile':{'id':'a'}}", IssueType::kStructure, "`meta.profile`"},
      {"'meta':{'profile':['']}", IssueType::kValue, "`meta.profile`"},
      {"'meta':{'profile':['a\\r']}", IssueType::kValue, "`meta.profile`"},
      {"'meta':{'_profile':{'id':'x'}}", IssueType::kStructure, "`meta._profile`"},
      {"'meta':{'_profile':['x']}", IssueType::kStructure, "`meta._profile`"},
      {"'meta':{'tag':{'code':'x'}}", IssueType::kStructure, "`meta.tag`"},
      {"'meta':{'tag':[null]}", IssueType::kStructure, "`meta.tag`"},
      {"'meta':{'tag':[{'unknown':1}]}", IssueType::kStructure, "`meta.tag`"},
      {"'meta':{'tag':[{'userSelected':'true'}]}", IssueType::kStructure,
       "`meta.tag.userSelected`"},
      {"'meta':{'security':[{'code':''}]}", IssueType::kValue, "`meta.security.code`"},
      {"'meta':{'security':[{'code':null}]}", IssueType::kStructure, "`meta.security.code`"},
      {"'meta':{'security':[{'system':'a\\u007f'}]}", IssueType::kValue, "`meta.security.system`"},
      {"'securityContext':'Patient/1'", IssueType::kStructure, "`securityContext`"},
      {"'securityContext':null", IssueType::kStructure, "`securityContext`"},
      {"'securityContext':{'unknown':1}", IssueType::kStructure, "`securityContext`"},
      {"'securityContext':{'reference':5}", IssueType::kStructure, "`securityContext.reference`"},
      {"'securityContext':{'reference':''}", IssueType::kValue, "`securityContext.reference`"},
      {"'securityContext':{'reference':'a\\r\\nb'}", IssueType::kValue,
       "`securityContext.reference`"},
      {"'securityContext':{'reference':'" + std::string(1025, 'x') + "'}", IssueType::kValue,
       "`securityContext.reference`"},
      {"'securityContext':{'identifier':'x'}", IssueType::kStructure,
       "`securityContext.identifier`"},
      {"'securityContext':{'identifier':{'value':null}}", IssueType::kStructure,
       "`securityContext.identifier`"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.members.substr(0, 120));
    const Result<Envelope> envelope = parse_envelope(binary_with(c.members), kR4);
    ASSERT_FALSE(envelope);
    EXPECT_EQ(envelope.error().code, ErrorCode::kInvalidResource);
    EXPECT_EQ(envelope.error().issue, c.issue);
    EXPECT_NE(envelope.error().message.find(c.named), std::string::npos)
        << envelope.error().message;
  }
  EXPECT_TRUE(parse_envelope(
      binary_with("'securityContext':{'reference':'" + std::string(1024, 'x') + "'}"), kR4));
}

TEST(EnvelopeTest, InsistsOnAContentTypeThatIsAMediaType) {
  const struct {
    std::string member;
    IssueType issue;
  } cases[] = {
      {"", IssueType::kRequired},
      {R"(,"_contentType":{"id":"x"})", IssueType::kRequired},
      {R"(,"contentType":null)", IssueType::kStructure},
      {R"(,"contentType":5)", IssueType::kStructure},
      {R"(,"contentType":"")", IssueType::kValue},
      {R"(,"contentType":" ")", IssueType::kValue},
      {R"(,"contentType":"pdf")", IssueType::kValue},
      {R"(,"contentType":"a/b\r\nX: y")", IssueType::kValue},
      {R"(,"contentType":"a/b\u0000")", IssueType::kValue},
      {R"(,"contentType":"a/)" + std::string(254, 'b') + "\"", IssueType::kValue},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.member);
    const Result<Envelope> envelope =
        parse_envelope(R"({"resourceType":"Binary")" + c.member + "}", kR4);
    ASSERT_FALSE(envelope);
    EXPECT_EQ(envelope.error().issue, c.issue);
    EXPECT_NE(envelope.error().message.find("contentType"), std::string::npos);
  }
}

TEST(EnvelopeTest, RefusesWhatIsNoBinary) {
  const std::string head = R"({"resourceType":"Binary","contentType":"a/b")";
  const std::string texts[] = {
      "",
      "null",
      "5",
      "\"Binary\"",
      "[]",
      "{}",
      "[" + head + "}]",
      R"({"contentType":"a/b"})",
      R"({"resourceType":"Patient","contentType":"a/b"})",
      R"({"resourceType":["Binary"],"contentType":"a/b"})",
      head,
      head + "}}",
      head + "}{}",
      head + "} x",
      head + ",}",
      head + R"(,"language":"de)",
      head + R"(,"language":"\ud800"})",
      head + ",\"language\":\"\xFF\"}",
      head + ",\"language\":\"\xED\xA0\x80\"}",
      head + R"(,"_id":{"extension":[{"n":01}]}})",
      head + R"(,"_id":{"extension":[{"n":1.}]}})",
      head + R"(,"_id":{"extension":[{"n":tru}]}})",
      "\xEF\xBB\xBF" + head + "}",
  };
  for (const std::string& text : texts) {
    SCOPED_TRACE(text);
    const Result<Envelope> envelope = parse_envelope(text, kR4);
    ASSERT_FALSE(envelope);
    EXPECT_EQ(envelope.error().code, ErrorCode::kInvalidResource);
  }
}

TEST(EnvelopeTest, GoesSixteenLevelsDeep) {
  // The root, _id, the array and the extension itself are four levels.
  const auto nested = [](std::size_t levels) {
    return binary_with("'_id':{'extension':[{'a':" + std::string(levels, '[') +
                       std::string(levels, ']') + "}]}");
  };
  EXPECT_TRUE(parse_envelope(nested(kMaxJsonDepth - 4), kR4));
  const Result<Envelope> too_deep = parse_envelope(nested(kMaxJsonDepth - 3), kR4);
  ASSERT_FALSE(too_deep);
  EXPECT_EQ(too_deep.error().issue, IssueType::kInvalid);
}

TEST(EnvelopeTest, NoticesADataAbsentReasonAndNeverKeepsIt) {
  const std::string reason(kReason);
  const struct {
    std::string members;
    bool absent;
    const char* elements;
  } cases[] = {
      {"'_data':{'extension':[" + reason + "]}", true, "{}"},
      {"'data':'','_data':{'extension':[" + reason + "]}", true, "{}"},
      {"'_data':{'id':'x','extension':[{'url':'u'}," + reason + "]}", true,
       "{'_data':{'id':'x','extension':[{'url':'u'}]}}"},
      {"'_data':{'extension':[{'url':'u'}]}", false, "{'_data':{'extension':[{'url':'u'}]}}"},
      {"'_language':{'extension':[" + reason + "]}", false,
       "{'_language':{'extension':[{'url':'http://hl7.org/fhir/StructureDefinition/"
       "data-absent-reason','valueCode':'unsupported'}]}}"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.members);
    const Result<Envelope> envelope = parse_envelope(binary_with(c.members), kR4);
    ASSERT_TRUE(envelope) << envelope.error().message;
    EXPECT_EQ(envelope->payload_absent_reason, c.absent);
    EXPECT_EQ(envelope->elements, with_quotes(c.elements));
  }
  const std::string content = binary_with("'_content':{'extension':[" + reason + "]}");
  EXPECT_TRUE(parse_envelope(content, kDstu2).value().payload_absent_reason);
  EXPECT_TRUE(parse_envelope(content, kStu3).value().payload_absent_reason);
}

TEST(EnvelopeTest, NoticesTheSubsettedTag) {
  const struct {
    const char* meta;
    bool subsetted;
  } cases[] = {
      {"{'tag':[{'system':'http://terminology.hl7.org/CodeSystem/v3-ObservationValue',"
       "'code':'SUBSETTED'}]}",
       true},
      {"{'tag':[{'code':'a'},{'system':'http://hl7.org/fhir/v3/ObservationValue',"
       "'code':'SUBSETTED'}]}",
       true},
      {"{'tag':[{'code':'subsetted'}]}", false},
      {"{'tag':[{'display':'SUBSETTED'}]}", false},
      {"{'security':[{'code':'SUBSETTED'}]}", false},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.meta);
    const Result<Envelope> envelope =
        parse_envelope(binary_with("'meta':" + std::string(c.meta)), kR4);
    ASSERT_TRUE(envelope);
    EXPECT_EQ(envelope->subsetted, c.subsetted);
  }
}

TEST(EnvelopeTest, MessagesHoldNothingOfTheBody) {
  for (const char* members :
       {"'CANARY':1", "'id':'CANARY/'", "'meta':{'CANARY':1}", "'meta':{'tag':[{'CANARY':1}]}",
        "'_id':{'extension':[{'CANARY':null}]}", "'_id':{'extension':[{'CANARY':1,'CANARY':1}]}",
        "'securityContext':{'CANARY':1}", "'language':'CANARY\\n'"}) {
    const Result<Envelope> envelope = parse_envelope(binary_with(members), kR4);
    ASSERT_FALSE(envelope) << members;
    EXPECT_EQ(envelope.error().message.find("CANARY"), std::string::npos) << members;
  }
}

TEST(EnvelopeTest, ThePayloadMemberChangedItsNameWithR4) {
  EXPECT_EQ(payload_member(FhirVersion::kDstu2), "content");
  EXPECT_EQ(payload_member(FhirVersion::kStu3), "content");
  EXPECT_EQ(payload_member(FhirVersion::kR4), "data");
  EXPECT_EQ(payload_member(FhirVersion::kR4B), "data");
  EXPECT_EQ(payload_member(FhirVersion::kR5), "data");
}

}  // namespace
}  // namespace fhirbin::fhir
