#include "engine/fhir/resource_writer.h"

#include <algorithm>

#include <gtest/gtest.h>
#include <simdjson.h>

#include "engine/codec/base64.h"
#include "engine/fhir/envelope.h"
#include "tests/fhir/lifting.h"

namespace fhirbin::fhir {
namespace {

constexpr FhirVersion kVersions[] = {FhirVersion::kDstu2, FhirVersion::kStu3, FhirVersion::kR4,
                                     FhirVersion::kR4B, FhirVersion::kR5};

std::string with_quotes(std::string text) {
  std::ranges::replace(text, '\'', '"');
  return text;
}

ResourceFields make_fields(std::string_view security_context, std::string_view elements) {
  return {.id = "abc",
          .version = 7,
          .last_updated = Instant(std::chrono::milliseconds(1'714'557'600'123)),
          .content_type = "a/b; c=\"d\"",
          .security_context = security_context,
          .elements = elements};
}

constexpr std::string_view kStart =
    "{'resourceType':'Binary','id':'abc','meta':{'versionId':'7',"
    "'lastUpdated':'2024-05-01T10:00:00.123Z'},'contentType':'a/b; c=\\'d\\''";

constexpr std::string_view kReason =
    "{'url':'http://hl7.org/fhir/StructureDefinition/"
    "data-absent-reason','valueCode':'unsupported'}";

TEST(ResourceWriterTest, PutsThePayloadOrItsStandInLast) {
  const std::string start(kStart);
  const std::string reason(kReason);
  const std::string reference = ",'securityContext':{'reference':'Patient/1'}";
  const struct {
    FhirVersion version;
    PayloadForm form;
    std::string head;
    std::string tail;
  } cases[] = {
      {FhirVersion::kR4, PayloadForm::kInline, start + reference + ",'data':'", "'}"},
      {FhirVersion::kR5, PayloadForm::kInline, start + reference + ",'data':'", "'}"},
      {FhirVersion::kStu3, PayloadForm::kInline, start + reference + ",'content':'", "'}"},
      {FhirVersion::kDstu2, PayloadForm::kInline, start + ",'content':'", "'}"},
      {FhirVersion::kR4, PayloadForm::kNone, start + reference, "}"},
      {FhirVersion::kDstu2, PayloadForm::kNone, start, "}"},
      {FhirVersion::kR4B, PayloadForm::kAbsent, start + reference,
       ",'_data':{'extension':[" + reason + "]}}"},
      {FhirVersion::kStu3, PayloadForm::kAbsent, start + reference,
       ",'_content':{'extension':[" + reason + "]}}"},
      {FhirVersion::kDstu2, PayloadForm::kAbsent, start,
       ",'_content':{'extension':[" + reason + "]}}"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(fhir_version_name(c.version));
    const Result<ResourceFrame> frame =
        make_resource_frame(make_fields(R"({"reference":"Patient/1"})", "{}"), c.version, c.form);
    ASSERT_TRUE(frame) << frame.error().message;
    EXPECT_EQ(frame->head, with_quotes(c.head));
    EXPECT_EQ(frame->tail, with_quotes(c.tail));
  }
}

TEST(ResourceWriterTest, WritesElementsInTheOrderOfTheSpecification) {
  const std::string elements = with_quotes(
      "{'meta':{'id':'m','source':'s','tag':[{'code':'t'}]},'implicitRules':'r','language':'de',"
      "'_id':{'id':'1'},'_implicitRules':{'id':'2'},'_language':{'id':'3'},"
      "'_contentType':{'id':'4'},'_data':{'id':'5','extension':[{'url':'u','valueDecimal':1.10}]}"
      "}");
  const std::string head = with_quotes(
      "{'resourceType':'Binary','id':'abc','_id':{'id':'1'},'meta':{'versionId':'7',"
      "'lastUpdated':'2024-05-01T10:00:00.123Z','id':'m','source':'s','tag':[{'code':'t'}]},"
      "'implicitRules':'r','_implicitRules':{'id':'2'},'language':'de','_language':{'id':'3'},"
      "'contentType':'a/b; c=\\'d\\'','_contentType':{'id':'4'}");
  const std::string kept = "{'url':'u','valueDecimal':1.10}";
  const struct {
    PayloadForm form;
    std::string rest;
  } cases[] = {
      {PayloadForm::kInline, ",'data':'','_data':{'id':'5','extension':[" + kept + "]}}"},
      {PayloadForm::kNone, ",'_data':{'id':'5','extension':[" + kept + "]}}"},
      {PayloadForm::kAbsent,
       ",'_data':{'id':'5','extension':[" + kept + "," + std::string(kReason) + "]}}"},
  };
  for (const auto& c : cases) {
    const Result<ResourceFrame> frame =
        make_resource_frame(make_fields("", elements), FhirVersion::kR4, c.form);
    ASSERT_TRUE(frame) << frame.error().message;
    EXPECT_EQ(frame->head + frame->tail, head + with_quotes(c.rest));
  }
}

TEST(ResourceWriterTest, WhatItWritesIsReadAgainAsTheSame) {
  const std::string body = with_quotes(
      R"({'resourceType':'Binary','id':'abc','contentType':'a/b; c=\'d\'','language':'d\\\u00e9',
          'meta':{'profile':['p'],'_profile':[null],'security':[{'code':'a\'b'}]},
          '_id':{'extension':[{'url':'u','valueString':'\u0001\t\n\r\b\f\u007f\/é𝄞','n':1.00}]},
          '_PAYLOAD':{'extension':[{'url':'keep'}]}})");
  for (const FhirVersion version : kVersions) {
    std::string text = body;
    text.replace(text.find("PAYLOAD"), 7, payload_member(version));
    const Result<Envelope> envelope = parse_envelope(text, version);
    ASSERT_TRUE(envelope) << envelope.error().message;
    const std::string reference =
        version == FhirVersion::kDstu2 ? "" : R"({"reference":"P/\"1","display":"\\"})";
    for (const PayloadForm form :
         {PayloadForm::kInline, PayloadForm::kNone, PayloadForm::kAbsent}) {
      ResourceFields fields = make_fields(reference, envelope->elements);
      const Result<ResourceFrame> frame = make_resource_frame(fields, version, form);
      ASSERT_TRUE(frame) << frame.error().message;
      const std::string written =
          frame->head + (form == PayloadForm::kInline ? "aGVsbG8=" : "") + frame->tail;
      simdjson::dom::parser parser;
      EXPECT_EQ(parser.parse(simdjson::padded_string(written)).error(), simdjson::SUCCESS);
      EXPECT_EQ(written.find('\n'), std::string::npos);

      const Lifted lifted = lift(version, written);
      ASSERT_FALSE(lifted.error) << lifted.error->message;
      EXPECT_EQ(lifted.kind, Lifter::Kind::kBinary);
      EXPECT_EQ(lifted.has_payload, form == PayloadForm::kInline);
      EXPECT_EQ(lifted.content, form == PayloadForm::kInline ? "hello" : "");
      const Result<Envelope> again = parse_envelope(lifted.envelope, version);
      ASSERT_TRUE(again) << again.error().message;
      EXPECT_EQ(again->id, "abc");
      EXPECT_EQ(again->content_type, envelope->content_type);
      EXPECT_EQ(again->security_context, reference);
      EXPECT_EQ(again->elements, envelope->elements);
      EXPECT_EQ(again->payload_absent_reason, form == PayloadForm::kAbsent);
    }
  }
}

TEST(ResourceWriterTest, ComputesTheSizeThatItsTextWillHave) {
  const Result<ResourceFrame> frame =
      make_resource_frame(make_fields("", "{}"), FhirVersion::kR4, PayloadForm::kInline);
  ASSERT_TRUE(frame);
  const std::uint64_t bare = frame->head.size() + frame->tail.size();
  const std::pair<std::uint64_t, std::uint64_t> sizes[] = {
      {0, 0},
      {1, 4},
      {2, 4},
      {3, 4},
      {4, 8},
      {10'485'760, 13'981'016},
      {1'073'741'824, 1'431'655'768},
  };
  for (const auto& [content_bytes, characters] : sizes) {
    EXPECT_EQ(serialized_size(*frame, content_bytes), bare + characters);
  }
}

TEST(ResourceWriterTest, DamagedPartsAreCorrupt) {
  for (const char* elements : {"", "[]", "{", "{\"unknown\":1}", "{\"meta\":5}", "{\"_data\":[]}",
                               "{\"language\":{}}", "{\"_content\":{\"id\":\"x\"}}"}) {
    SCOPED_TRACE(elements);
    const Result<ResourceFrame> frame =
        make_resource_frame(make_fields("", elements), FhirVersion::kR4, PayloadForm::kNone);
    ASSERT_FALSE(frame);
    EXPECT_EQ(frame.error().code, ErrorCode::kCorrupt);
  }
  for (const char* reference : {"x", "[]", "\"a\"", "{"}) {
    const Result<ResourceFrame> frame =
        make_resource_frame(make_fields(reference, "{}"), FhirVersion::kR4, PayloadForm::kNone);
    ASSERT_FALSE(frame) << reference;
    EXPECT_EQ(frame.error().code, ErrorCode::kCorrupt);
  }
}

TEST(ResourceWriterTest, EscapesWhatJsonStringsCannotHold) {
  std::string all;
  for (char c = 0; c < 0x7F; ++c) {
    all.push_back(c);
  }
  all += "é𝄞";
  std::string quoted;
  append_json_string(quoted, all);
  simdjson::dom::parser parser;
  std::string_view back;
  ASSERT_EQ(parser.parse(simdjson::padded_string(quoted)).get(back), simdjson::SUCCESS);
  EXPECT_EQ(back, all);

  std::string target = "x";
  append_json_string(target, std::string_view("a\"\\/\n\r\t\0", 8));
  EXPECT_EQ(target, R"(x"a\"\\/\n\r\t\u0000")");
}

}  // namespace
}  // namespace fhirbin::fhir
