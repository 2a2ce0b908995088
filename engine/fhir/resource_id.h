#pragma once

#include <cstdint>
#include <string_view>

#include "fhirbin/error.h"

namespace fhirbin::fhir {

// The FHIR id grammar [A-Za-z0-9\-.]{1,64}, byte for byte. Errors: kInvalidArgument, without the
// text.
Result<void> check_resource_id(std::string_view id);

// A version id of this engine: a decimal number from 1, no sign, no leading zero. Errors:
// kInvalidArgument.
Result<std::uint64_t> parse_version_id(std::string_view text);

}  // namespace fhirbin::fhir
