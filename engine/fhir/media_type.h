#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/util/ascii_text.h"
#include "fhirbin/error.h"
#include "fhirbin/fhir_version.h"

namespace fhirbin::fhir {

// A parsed media type (RFC 9110 section 8.3.1): type, subtype and parameters, names in lower case.
struct MediaType {
  std::string type;
  std::string subtype;
  std::vector<std::pair<std::string, std::string>> parameters;  // name, value with quotes undone

  // "type/subtype".
  std::string essence() const { return type + "/" + subtype; }
};

// Reads `text`, at most 255 bytes without control characters after trimming. Errors:
// kUnsupportedMediaType with a message that does not hold the text.
Result<MediaType> parse_media_type(std::string_view text);

// Without spaces and tabs around it; what a version keeps as its contentType.
inline std::string_view trim_header_value(std::string_view text) noexcept { return trim(text); }

// application/fhir+json or application/json+fhir.
bool is_fhir_json(const MediaType& media_type);

// For a FHIR JSON type: `charset` must be UTF-8 and `fhirVersion` must fit. Errors:
// kUnsupportedMediaType.
Result<void> check_fhir_json_parameters(const MediaType& media_type, FhirVersion version);

// Whether `filter` is one that matches_media_filter() understands. Errors: kInvalidArgument.
Result<void> check_media_filter(std::string_view filter);

// Whether stored `content_type` matches `filter`: a media type without parameters, "type/*" or
// empty (all).
bool matches_media_filter(std::string_view content_type, std::string_view filter);

// A value for X-Security-Context: at most 1,024 bytes of valid UTF-8 without control characters.
// Errors: kInvalidArgument.
Result<void> check_security_context(std::string_view reference);

}  // namespace fhirbin::fhir
