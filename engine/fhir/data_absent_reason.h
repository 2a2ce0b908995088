#pragma once

#include "engine/fhir/json_value.h"

namespace fhirbin::fhir {

inline constexpr std::string_view kDataAbsentReasonUrl =
    "http://hl7.org/fhir/StructureDefinition/data-absent-reason";

// Takes the data-absent-reason extensions out of the payload's underscore sibling; other extensions
// and the id stay. Returns whether there were any.
bool remove_data_absent_reason(JsonValue& sibling);

// Adds the extension with code `unsupported`: this system does not carry the content in this view.
void add_data_absent_reason(JsonValue& sibling);

}  // namespace fhirbin::fhir
