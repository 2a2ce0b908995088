#pragma once

#include <string>

#include "engine/rest/call.h"
#include "fhirbin/instant.h"

namespace fhirbin::rest {

// What the service can do, as the FHIR version says it: Conformance in DSTU2, CapabilityStatement
// later. `since` is when the service came up, `software_version` that of the engine.
std::string make_capability_statement(const Call& call, Instant since,
                                      std::string_view software_version);

}  // namespace fhirbin::rest
