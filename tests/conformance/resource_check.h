#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "fhirbin/fhir_version.h"

// Strict checkers of the few resources that a service answers with.
// Source: the StructureDefinitions, invariants and required bindings of FHIR DSTU2 to R5.
namespace fhirbin::testing {

// What is wrong with an OperationOutcome, in words; empty when nothing is.
std::vector<std::string> problems_of_outcome(std::string_view json, FhirVersion version);

// The same for an OperationOutcome, a history Bundle, a Conformance or CapabilityStatement, or a
// Binary, whichever it says it is.
std::vector<std::string> problems_of_resource(std::string_view json, FhirVersion version);

}  // namespace fhirbin::testing
