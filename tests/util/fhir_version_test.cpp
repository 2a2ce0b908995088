#include "fhirbin/fhir_version.h"

#include <gtest/gtest.h>

namespace fhirbin {
namespace {

TEST(FhirVersionTest, NumbersOnDiskNamesAndBack) {
  const struct {
    int number;
    std::string_view name;
  } cases[] = {{1, "DSTU2"}, {2, "STU3"}, {3, "R4"}, {4, "R4B"}, {5, "R5"}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto version = static_cast<FhirVersion>(c.number);
    EXPECT_EQ(fhir_version_name(version), c.name);
    EXPECT_EQ(parse_fhir_version(c.name), version);
  }
}

TEST(FhirVersionTest, NamesAreReadInEitherCase) {
  EXPECT_EQ(parse_fhir_version("r4b"), FhirVersion::kR4B);
  EXPECT_EQ(parse_fhir_version("dStU2"), FhirVersion::kDstu2);
}

TEST(FhirVersionTest, OtherTextNamesNoVersion) {
  for (const std::string_view text : {"", "R", "R4 ", " R4", "R44", "R6", "4.0.1", "r4\xE2"}) {
    EXPECT_EQ(parse_fhir_version(text), std::nullopt) << text;
  }
}

TEST(FhirVersionTest, NumbersThatAreNoVersionAreUnknown) {
  EXPECT_EQ(fhir_version_name(static_cast<FhirVersion>(0)), "Unknown");
  EXPECT_EQ(fhir_version_name(static_cast<FhirVersion>(6)), "Unknown");
}

}  // namespace
}  // namespace fhirbin
