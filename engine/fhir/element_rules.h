#pragma once

#include "engine/fhir/json_value.h"
#include "fhirbin/fhir_version.h"

namespace fhirbin::fhir {

// Checks that `binary` is a Binary of `version`: its members and those of meta, Coding and
// Reference are known, of the right type and hold no null or empty string, and the payload member,
// if there is one, holds
// "". Puts members in their fixed order and drops empty objects and arrays, which say nothing;
// extensions and identifiers stay as they are. Errors: kInvalidResource; the message names the
// member, not its value.
Result<void> check_and_order_binary(JsonValue& binary, FhirVersion version);

}  // namespace fhirbin::fhir
