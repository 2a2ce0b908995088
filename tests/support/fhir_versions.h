#pragma once

#include <string>
#include <string_view>

#include "fhirbin/fhir_version.h"

namespace fhirbin::testing {

inline constexpr FhirVersion kAllVersions[] = {
    FhirVersion::kDstu2, FhirVersion::kStu3, FhirVersion::kR4, FhirVersion::kR4B, FhirVersion::kR5};

// The member that holds the payload.
inline std::string payload_of(FhirVersion version) {
  return version <= FhirVersion::kStu3 ? "content" : "data";
}

// A Binary of type text/plain that says "hello", with more members put in before the payload:
// `more` ends with a comma unless it is empty.
inline std::string hello_binary(FhirVersion version, std::string_view more = {}) {
  return R"({"resourceType":"Binary","contentType":"text/plain",)" + std::string(more) + '"' +
         payload_of(version) + R"(":"aGVsbG8="})";
}

}  // namespace fhirbin::testing
