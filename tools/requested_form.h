#pragma once

#include <cstdint>
#include <string_view>

#include "fhirbin/error.h"
#include "fhirbin/fhir_version.h"

namespace fhirbin::tool {

// The two forms in which a version can be had.
enum class Form : std::uint8_t {
  kNative,    // the decoded bytes
  kFhirJson,  // the Binary resource
};

// The form that the media type `accept` asks for: FHIR JSON for application/fhir+json and
// application/json+fhir, native bytes for all others.
// Errors: kInvalidArgument when `accept` is no media type, kNotAcceptable when its parameters ask
// for FHIR JSON of another version than `version` or in another charset than UTF-8.
Result<Form> requested_form(std::string_view accept, FhirVersion version);

// Whether native bytes of `content_type` satisfy `accept`, a media type, type/* or */*. Errors:
// kNotAcceptable.
Result<void> check_acceptable(std::string_view accept, std::string_view content_type);

}  // namespace fhirbin::tool
