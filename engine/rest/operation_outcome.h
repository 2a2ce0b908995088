#pragma once

#include <string>
#include <string_view>

#include "fhirbin/error.h"
#include "fhirbin/fhir_version.h"

namespace fhirbin::rest {

// The HTTP status of a library error; it differs by FHIR version where HL7's text does
// (docs/conformance.md).
int status_of(ErrorCode code, FhirVersion version) noexcept;

// The code of OperationOutcome.issue, out of the version's own list.
std::string_view issue_code_of(const Error& error, FhirVersion version) noexcept;

// An OperationOutcome with one issue, in one line. `severity` is "error" or "information".
std::string make_outcome(std::string_view severity, std::string_view code,
                         std::string_view diagnostics);

}  // namespace fhirbin::rest
