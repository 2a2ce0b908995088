#pragma once

#include <string>

#include "engine/util/random.h"
#include "fhirbin/error.h"
#include "fhirbin/instant.h"

namespace fhirbin {

// A UUID version 7 (RFC 9562) in lower case: sorts by `now`, then at random.
Result<std::string> make_uuid_v7(Instant now, Random& random);

}  // namespace fhirbin
