#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "fhirbin/export_macro.h"

namespace fhirbin {

// A FHIR instant: milliseconds since 1970-01-01T00:00:00Z.
using Instant = std::chrono::sys_time<std::chrono::milliseconds>;

// RFC 3339 in UTC with milliseconds, e.g. "2026-11-22T09:30:00.123Z". Years 0000 to 9999.
FHIRBIN_API std::string format_instant(Instant instant);

// Reads an RFC 3339 date-time with zone, or a plain date (midnight UTC); nullopt for any other
// text.
FHIRBIN_API std::optional<Instant> parse_instant(std::string_view text);

}  // namespace fhirbin
