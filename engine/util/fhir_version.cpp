#include "fhirbin/fhir_version.h"

#include <algorithm>
#include <array>

namespace fhirbin {
namespace {

constexpr std::array kVersions = {FhirVersion::kDstu2, FhirVersion::kStu3, FhirVersion::kR4,
                                  FhirVersion::kR4B, FhirVersion::kR5};

// std::toupper would ask the locale.
constexpr char to_ascii_upper(char c) noexcept {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

}  // namespace

std::string_view fhir_version_name(FhirVersion version) noexcept {
  switch (version) {
    case FhirVersion::kDstu2:
      return "DSTU2";
    case FhirVersion::kStu3:
      return "STU3";
    case FhirVersion::kR4:
      return "R4";
    case FhirVersion::kR4B:
      return "R4B";
    case FhirVersion::kR5:
      return "R5";
  }
  return "Unknown";  // a number read from a damaged or newer file
}

std::optional<FhirVersion> parse_fhir_version(std::string_view name) noexcept {
  for (const FhirVersion version : kVersions) {
    if (std::ranges::equal(name, fhir_version_name(version), {}, to_ascii_upper)) {
      return version;
    }
  }
  return std::nullopt;
}

}  // namespace fhirbin
