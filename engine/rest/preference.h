#pragma once

#include <cstdint>
#include <string_view>

namespace fhirbin::rest {

// What a Prefer header (RFC 7240) wants back from a write.
enum class ReturnPreference : std::uint8_t {
  kNone,
  kMinimal,
  kRepresentation,  // also in the spelling representation=resource
  kOperationOutcome,
};

// Reads all Prefer fields joined with commas; of several the first counts, unknown ones are
// ignored.
ReturnPreference parse_prefer(std::string_view value);

}  // namespace fhirbin::rest
