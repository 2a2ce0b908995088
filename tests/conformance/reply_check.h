#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "fhirbin/fhir_version.h"
#include "tests/conformance/client.h"

// What holds for every reply, whatever was asked: written from HL7's definitions of
// OperationOutcome, Bundle, Conformance, CapabilityStatement and Binary, not from our own code.
namespace fhirbin::testing {

// What is wrong with a reply to `method`, in words; empty when nothing is.
std::vector<std::string> problems_of_reply(const Reply& reply, std::string_view method,
                                           FhirVersion version);

// The same for the resources alone.
std::vector<std::string> problems_of_resource(std::string_view json, FhirVersion version);

}  // namespace fhirbin::testing
