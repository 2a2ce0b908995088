#pragma once

#include <string>

#include "engine/util/bytes.h"

namespace fhirbin::testing {

// SHA-256 (FIPS 180-4) in lower-case hexadecimal, to compare content with published checksums.
std::string sha256_hex(ByteSpan bytes);

}  // namespace fhirbin::testing
