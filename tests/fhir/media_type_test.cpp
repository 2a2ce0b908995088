#include "engine/fhir/media_type.h"

#include <gtest/gtest.h>

namespace fhirbin::fhir {
namespace {

using Parameters = std::vector<std::pair<std::string, std::string>>;

TEST(MediaTypeTest, ReadsTypeSubtypeAndParameters) {
  const struct {
    const char* text;
    const char* essence;
    Parameters parameters;
  } cases[] = {
      {"text/plain", "text/plain", {}},
      {" \tText/PLAIN \t", "text/plain", {}},
      {"application/fhir+json;charset=UTF-8", "application/fhir+json", {{"charset", "UTF-8"}}},
      {"a/b  ;  X=1 ;Y=\"q; \\\"z\\\\\"", "a/b", {{"x", "1"}, {"y", "q; \"z\\"}}},
      {"a/b;", "a/b", {}},
      {"a/b; ;x=\"\";", "a/b", {{"x", ""}}},
      {"!#$%&'*+-.^_`|~/0", "!#$%&'*+-.^_`|~/0", {}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.text);
    const Result<MediaType> media_type = parse_media_type(c.text);
    ASSERT_TRUE(media_type);
    EXPECT_EQ(media_type->essence(), c.essence);
    EXPECT_EQ(media_type->parameters, c.parameters);
  }
}

TEST(MediaTypeTest, RefusesWhatIsNoMediaType) {
  const std::string texts[] = {
      "",
      " ",
      "text",
      "/plain",
      "text/",
      "text /plain",
      "text/ plain",
      "a/b/c",
      "a/b c",
      "a/b;x",
      "a/b;x=",
      "a/b;=1",
      "a/b;x =1",
      "a/b;x= 1",
      "a/b;x=\"",
      "a/b;x=\"\\",
      "a/b;x=\"a\"b",
      "a/b,c/d",
      "a/b\r\nX: y",
      "a/b\n",
      "\na/b",
      "a/b;x=\"\t\"",
      "a/b;\tx=1",
      "a/b\t;x=1",
      "a/b;x=\"\r\n\"",
      "a/\xC3\xA9",
      "a/b;x=\"\xC3\xA9\"",
      "EdM1pVK1Nw",
      std::string("a/b\0", 4),
      "a/" + std::string(254, 'b'),
      "a/b;x=\"\x7F\"",
  };
  for (const std::string& text : texts) {
    SCOPED_TRACE(text);
    const Result<MediaType> media_type = parse_media_type(text);
    ASSERT_FALSE(media_type);
    EXPECT_EQ(media_type.error().code, ErrorCode::kUnsupportedMediaType);
  }
  EXPECT_TRUE(parse_media_type(" a/" + std::string(253, 'b') + " "));
}

TEST(MediaTypeTest, TrimsOnlySpacesAndTabs) {
  EXPECT_EQ(trim_header_value(" \t a b\t "), "a b");
  EXPECT_EQ(trim_header_value("\na\n"), "\na\n");
  EXPECT_EQ(trim_header_value(" \t"), "");
  EXPECT_EQ(trim_header_value(""), "");
}

TEST(MediaTypeTest, OnlyTheTwoFhirTypesAreFhirJson) {
  for (const char* text : {"application/fhir+json", "application/json+fhir",
                           "APPLICATION/FHIR+JSON; charset=latin1", "application/Fhir+Json;x=1"}) {
    EXPECT_TRUE(is_fhir_json(parse_media_type(text).value())) << text;
  }
  for (const char* text : {"application/json", "text/json", "application/fhir+xml",
                           "text/fhir+json", "application/x-fhir+json", "application/fhir+jsons"}) {
    EXPECT_FALSE(is_fhir_json(parse_media_type(text).value())) << text;
  }
}

TEST(MediaTypeTest, FhirJsonMustBeUtf8AndOfTheStoresVersion) {
  const struct {
    const char* parameters;
    FhirVersion version;
    bool fits;
  } cases[] = {
      {"", FhirVersion::kR4, true},
      {"; charset=utf-8", FhirVersion::kR4, true},
      {"; Charset=\"UTF-8\"", FhirVersion::kR4, true},
      {"; charset=iso-8859-1", FhirVersion::kR4, false},
      {"; charset=\"\"", FhirVersion::kR4, false},
      {"; charset=utf-8; charset=latin1", FhirVersion::kR4, false},
      {"; fhirVersion=1.0", FhirVersion::kDstu2, true},
      {"; fhirVersion=3.0", FhirVersion::kStu3, true},
      {"; fhirVersion=4.0", FhirVersion::kR4, true},
      {"; FHIRVERSION=4.3", FhirVersion::kR4B, true},
      {"; fhirVersion=\"5.0\"", FhirVersion::kR5, true},
      {"; fhirVersion=4.3", FhirVersion::kR4, false},
      {"; fhirVersion=4.0", FhirVersion::kR4B, false},
      {"; fhirVersion=4.0", FhirVersion::kR5, false},
      {"; fhirVersion=3.0", FhirVersion::kDstu2, false},
      {"; fhirVersion=4", FhirVersion::kR4, false},
      {"; anything=else", FhirVersion::kR4, true},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.parameters);
    const MediaType media_type =
        parse_media_type("application/fhir+json" + std::string(c.parameters)).value();
    const Result<void> checked = check_fhir_json_parameters(media_type, c.version);
    EXPECT_EQ(checked.has_value(), c.fits);
    if (!checked) {
      EXPECT_EQ(checked.error().code, ErrorCode::kUnsupportedMediaType);
    }
  }
}

TEST(MediaTypeTest, FiltersByTypeOrByTypeAndSubtype) {
  const struct {
    const char* content_type;
    const char* filter;
    bool matches;
  } cases[] = {
      {"image/png", "", true},
      {"image/png", "*/*", true},
      {"image/png", "image/png", true},
      {"Image/PNG", "iMAGE/pNG", true},
      {"image/png; a=b", "image/png", true},
      {"image/png ;a=b", "image/png", true},
      {"image/png", "image/*", true},
      {"IMAGE/png", "image/*", true},
      {"image/png", " image/* ", true},
      {"image/pngx", "image/png", false},
      {"image/pn", "image/png", false},
      {"images/png", "image/*", false},
      {"text/plain;x=\"image/png\"", "image/png", false},
      {"text/plain", "image/*", false},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(matches_media_filter(c.content_type, c.filter), c.matches)
        << c.content_type << " against " << c.filter;
  }
}

TEST(MediaTypeTest, AFilterIsATypeWithoutParameters) {
  for (const char* good : {"", " ", "*/*", "image/*", "image/png", " Image/PNG ", "a/b+c"}) {
    EXPECT_TRUE(check_media_filter(good)) << good;
  }
  for (const char* bad : {"*", "/", "image", "image/", "/png", "*/png", "im*/png", "image/p*",
                          "image/png;x=y", "image/png ;", "image/png,a/b", "image/ png", "a/b/c"}) {
    const Result<void> checked = check_media_filter(bad);
    ASSERT_FALSE(checked) << bad;
    EXPECT_EQ(checked.error().code, ErrorCode::kInvalidArgument);
  }
}

TEST(MediaTypeTest, SecurityContextsAreShortCleanUtf8) {
  for (const std::string& good : {std::string(), std::string("Patient/1"), std::string("\xC3\xA9"),
                                  std::string(1024, 'x'), std::string("\xF4\x8F\xBF\xBF")}) {
    EXPECT_TRUE(check_security_context(good));
  }
  for (const std::string& bad :
       {std::string(1025, 'x'), std::string("a\r\nb"), std::string("a\tb"), std::string("\0", 1),
        std::string("\x7F"), std::string("\xC2\x80"), std::string("\xC2\x9F"), std::string("\xFF"),
        std::string("\xC3"), std::string("\xED\xA0\x80"), std::string("\xC0\xAF")}) {
    const Result<void> checked = check_security_context(bad);
    ASSERT_FALSE(checked);
    EXPECT_EQ(checked.error().code, ErrorCode::kInvalidArgument);
  }
}

}  // namespace
}  // namespace fhirbin::fhir
