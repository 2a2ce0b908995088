#pragma once

#include <string_view>

#include "fhirbin/error.h"

namespace fhirbin::fhir {

// The FHIR id grammar [A-Za-z0-9\-.]{1,64}, byte for byte. Errors: kInvalidArgument, without the
// text.
Result<void> check_resource_id(std::string_view id);

}  // namespace fhirbin::fhir
