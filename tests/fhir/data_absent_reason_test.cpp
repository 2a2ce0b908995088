#include "engine/fhir/data_absent_reason.h"

#include <gtest/gtest.h>

namespace fhirbin::fhir {
namespace {

constexpr std::string_view kReason =
    R"({"url":"http://hl7.org/fhir/StructureDefinition/data-absent-reason","valueCode":"unsupported"})";
constexpr std::string_view kOther = R"({"url":"http://example.org/other","valueCode":"masked"})";

std::string text_of(const JsonValue& value) {
  std::string text;
  append_json(text, value);
  return text;
}

std::string sibling(std::string_view extensions) {
  return R"({"id":"x","extension":[)" + std::string(extensions) + "]}";
}

// What is left of a sibling; nullopt when there was no reason to take out.
std::optional<std::string> without_reason(std::string_view json) {
  JsonValue value = parse_json(json).value();
  const bool removed = remove_data_absent_reason(value);
  return removed ? std::optional(text_of(value)) : std::nullopt;
}

TEST(DataAbsentReasonTest, TheReasonGoesAndTheRestStays) {
  const std::string reason(kReason);
  const std::string other(kOther);
  EXPECT_EQ(without_reason(sibling(other + "," + reason)), sibling(other));
  EXPECT_EQ(without_reason(sibling(reason + "," + other + "," + reason)), sibling(other));
  EXPECT_EQ(without_reason(sibling(reason)), R"({"id":"x"})");
  EXPECT_EQ(without_reason(R"({"extension":[)" + reason + "]}"), "{}");
}

TEST(DataAbsentReasonTest, WithoutOneNothingChanges) {
  for (const std::string& json :
       {sibling(kOther), sibling(""), std::string("{}"), std::string(R"({"id":"x"})"),
        sibling(R"({"valueCode":"unsupported"})"),
        sibling(R"({"url":"http://hl7.org/fhir/StructureDefinition/data-absent-reason2"})"),
        sibling(R"({"url":[]})")}) {
    JsonValue value = parse_json(json).value();
    EXPECT_FALSE(remove_data_absent_reason(value)) << json;
    EXPECT_EQ(text_of(value), json);
  }
}

TEST(DataAbsentReasonTest, TheReasonIsAddedBehindWhatIsThere) {
  for (const auto& [before, after] :
       {std::pair(std::string("{}"), R"({"extension":[)" + std::string(kReason) + "]}"),
        std::pair(std::string(R"({"id":"x"})"), sibling(kReason)),
        std::pair(sibling(kOther), sibling(std::string(kOther) + "," + std::string(kReason)))}) {
    JsonValue value = parse_json(before).value();
    add_data_absent_reason(value);
    EXPECT_EQ(text_of(value), after);
    EXPECT_TRUE(remove_data_absent_reason(value));
    EXPECT_EQ(text_of(value), before);
  }
}

}  // namespace
}  // namespace fhirbin::fhir
