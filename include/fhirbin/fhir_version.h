#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "fhirbin/export_macro.h"

namespace fhirbin {

// The FHIR release a store speaks; fixed when the store is created. Values are written to disk.
enum class FhirVersion : std::uint8_t {
  kDstu2 = 1,  // 1.0.2: payload in `content`, no securityContext
  kStu3 = 2,   // 3.0.2: payload in `content`
  kR4 = 3,     // 4.0.1: payload in `data`
  kR4B = 4,    // 4.3.0: as R4
  kR5 = 5,     // 5.0.0: as R4
};

// "DSTU2", "STU3", "R4", "R4B" or "R5".
FHIRBIN_API std::string_view fhir_version_name(FhirVersion version) noexcept;

// The inverse of fhir_version_name(), letters in either case; nullopt for any other text.
FHIRBIN_API std::optional<FhirVersion> parse_fhir_version(std::string_view name) noexcept;

}  // namespace fhirbin
