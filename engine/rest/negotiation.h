#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "engine/rest/target.h"
#include "fhirbin/error.h"
#include "fhirbin/fhir_version.h"

namespace fhirbin::rest {

// The two forms in which a Binary leaves.
enum class Form : std::uint8_t {
  kNative,  // the content itself, under its own content type
  kFhir,    // the resource as FHIR JSON
};

// Which form a read is to give. `accept`: all Accept fields joined, nullopt without one. `_format`
// beats it and always means the FHIR form; a wildcard such as application/* means it only where the
// native form does not fit. Errors: kNotAcceptable when neither form fits.
Result<Form> negotiate_read(std::optional<std::string_view> accept, const Target& target,
                            std::string_view stored_content_type, FhirVersion version);

// For answers that exist as FHIR JSON only (Bundles, capabilities). Errors: kNotAcceptable.
Result<void> negotiate_json(std::optional<std::string_view> accept, const Target& target,
                            FhirVersion version);

}  // namespace fhirbin::rest
