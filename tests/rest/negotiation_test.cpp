#include "engine/rest/negotiation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/result_matchers.h"

namespace fhirbin::rest {
namespace {

using fhirbin::testing::is_error;
using fhirbin::testing::is_ok;

Target with_format(std::string_view format) {
  return parse_target("/Binary/a?_format=" + std::string(format)).value();
}

TEST(NegotiationTest, TheClosestRangeWithTheHighestQualityDecides) {
  const struct {
    const char* accept;
    const char* stored;
    Form want;
  } cases[] = {
      {"", "image/png", Form::kNative},
      {" \t", "image/png", Form::kNative},
      {"*/*", "image/png", Form::kNative},
      {"image/*", "image/png", Form::kNative},
      {"image/png", "image/png", Form::kNative},
      {"IMAGE/PNG", "image/png", Form::kNative},
      {"image/png", "Image/PNG; x=\"y\"", Form::kNative},
      {"application/fhir+json", "image/png", Form::kFhir},
      {"application/json+fhir", "image/png", Form::kFhir},
      {"Application/FHIR+JSON; charset=UTF-8", "image/png", Form::kFhir},
      {"application/fhir+json;fhirVersion=4.0", "image/png", Form::kFhir},
      {"application/fhir+json", "application/fhir+json", Form::kFhir},
      {"application/fhir+json, */*", "image/png", Form::kFhir},
      {"*/*, application/fhir+json", "image/png", Form::kFhir},
      {"application/fhir+json;q=0.5, */*", "image/png", Form::kNative},
      {"application/fhir+json;q=0.5, */*;q=0.4", "image/png", Form::kFhir},
      {"application/fhir+json;q=0, */*", "image/png", Form::kNative},
      {"application/fhir+json;Q=0.001", "image/png", Form::kFhir},
      {"image/png;q=0.1, */*;q=0.9, application/fhir+json;q=0.5", "image/png", Form::kFhir},
      {"image/*;q=0.9, image/png;q=0.1, application/fhir+json;q=0.5", "image/png", Form::kFhir},
      {"application/json", "image/png", Form::kFhir},
      {"text/json", "image/png", Form::kFhir},
      {"application/json", "application/json", Form::kNative},
      {"application/json", "application/vnd.x+json", Form::kNative},
      {"application/json", "application/fhir+json", Form::kNative},
      {"application/json;q=0.2, image/png;q=0.1", "image/png", Form::kFhir},
      {"application/json;q=0.1, image/png;q=0.2", "image/png", Form::kNative},
      {"application/json, */*", "image/png", Form::kNative},
      {"application/*", "image/png", Form::kFhir},
      {"application/*", "application/pdf", Form::kNative},
      {"application/*, image/png;q=0.1", "image/png", Form::kNative},
      {"application/*, application/pdf;q=0.1", "application/pdf", Form::kNative},
      {"application/*, application/pdf;q=0", "application/pdf", Form::kFhir},
      {"application/*;q=0.1, */*;q=0, image/jpeg", "image/png", Form::kFhir},
      {"*/*, image/png;q=0", "image/png", Form::kFhir},
      {"nonsense, image/png", "image/png", Form::kNative},
      {"image/png;q=2, application/fhir+json;q=0.1", "image/png", Form::kFhir},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(std::string(c.accept) + " for " + c.stored);
    const auto form = negotiate_read(c.accept, Target(), c.stored, FhirVersion::kR4);
    ASSERT_THAT(form, is_ok());
    EXPECT_EQ(*form, c.want);
  }
  EXPECT_EQ(negotiate_read(std::nullopt, Target(), "image/png", FhirVersion::kR4).value(),
            Form::kNative);
}

TEST(NegotiationTest, WhatFitsNeitherFormIsNotAcceptable) {
  for (const char* const accept : {"text/html",
                                   "image/jpeg",
                                   "image/png;q=0",
                                   "image/png;q=0.000",
                                   "*/*;q=0",
                                   "application/*;q=0",
                                   "*/*, image/png;q=0, application/*;q=0",
                                   "application/*, application/fhir+json;q=0",
                                   "application/xml",
                                   "application/fhir+xml",
                                   "application/fhir+json;fhirVersion=5.0",
                                   "application/fhir+json;charset=latin1",
                                   "application/fhir+json;q=0",
                                   "image/png;q=x",
                                   "image/png;q=1.001",
                                   "image/png;q=0.1234",
                                   "image/png;q=",
                                   "image/png;q=-1",
                                   "nonsense",
                                   "/",
                                   ",",
                                   "image"}) {
    SCOPED_TRACE(accept);
    EXPECT_THAT(negotiate_read(accept, Target(), "image/png", FhirVersion::kR4),
                is_error(ErrorCode::kNotAcceptable));
  }
}

TEST(NegotiationTest, FormatBeatsAcceptAndMeansTheFhirForm) {
  for (const char* const format :
       {"json", "JSON", "application/json", "text/json", "application/fhir+json",
        "application/fhir%2Bjson", "application/json+fhir", "application%2Fjson",
        "application/fhir+json;fhirVersion=4.0"}) {
    SCOPED_TRACE(format);
    const Target target = with_format(format);
    EXPECT_EQ(negotiate_read("image/png", target, "image/png", FhirVersion::kR4).value(),
              Form::kFhir);
    EXPECT_THAT(negotiate_json("text/html", target, FhirVersion::kR4), is_ok());
  }
  for (const char* const format :
       {"", "xml", "application/fhir+xml", "image/png", "*/*", "json+fhir", "ttl", "html/xml",
        "application/fhir+json;fhirVersion=3.0", "jsonx"}) {
    SCOPED_TRACE(format);
    const Target target = with_format(format);
    EXPECT_THAT(negotiate_read("*/*", target, "image/png", FhirVersion::kR4),
                is_error(ErrorCode::kNotAcceptable));
    EXPECT_THAT(negotiate_json("*/*", target, FhirVersion::kR4),
                is_error(ErrorCode::kNotAcceptable));
  }
}

TEST(NegotiationTest, FhirVersionsHaveTheirOwnNumbers) {
  const struct {
    FhirVersion version;
    const char* number;
  } cases[] = {{FhirVersion::kDstu2, "1.0"},
               {FhirVersion::kStu3, "3.0"},
               {FhirVersion::kR4, "4.0"},
               {FhirVersion::kR4B, "4.3"},
               {FhirVersion::kR5, "5.0"}};
  for (const auto& asked : cases) {
    const std::string accept = std::string("application/fhir+json;fhirVersion=") + asked.number;
    for (const auto& store : cases) {
      SCOPED_TRACE(accept + " of " + store.number);
      EXPECT_EQ(negotiate_json(accept, Target(), store.version).has_value(),
                asked.version == store.version);
    }
  }
}

TEST(NegotiationTest, AnswersThatAreJsonOnlyTakeWhatMeansJson) {
  for (const char* const accept :
       {"", "*/*", "application/*", "application/json", "text/json", "application/fhir+json",
        "application/json+fhir", "text/html, application/json;q=0.1"}) {
    SCOPED_TRACE(accept);
    EXPECT_THAT(negotiate_json(accept, Target(), FhirVersion::kR4), is_ok());
  }
  for (const char* const accept :
       {"text/html", "text/*", "application/json;q=0", "application/fhir+xml", "nonsense"}) {
    SCOPED_TRACE(accept);
    EXPECT_THAT(negotiate_json(accept, Target(), FhirVersion::kR4),
                is_error(ErrorCode::kNotAcceptable));
  }
}

}  // namespace
}  // namespace fhirbin::rest
