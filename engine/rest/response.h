#pragma once

#include <string>
#include <string_view>

#include "fhirbin/error.h"
#include "fhirbin/fhir_version.h"
#include "fhirbin/rest.h"
#include "fhirbin/version_info.h"

namespace fhirbin::rest {

// A response with a text as its whole body.
Response text_response(int status, std::string_view content_type, std::string_view text);
Response empty_response(int status);

// The media type of FHIR JSON in the words of that FHIR version.
std::string_view fhir_json_type(FhirVersion version) noexcept;
Response fhir_json_response(int status, FhirVersion version, std::string_view text);

// An OperationOutcome for an error.
Response error_response(const Error& error, FhirVersion version);
Response error_response(int status, const Error& error, FhirVersion version);

// ETag and Last-Modified of a version.
void add_version_headers(Response& response, const VersionInfo& info);

}  // namespace fhirbin::rest
