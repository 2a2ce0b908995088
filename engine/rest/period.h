#pragma once

#include <optional>
#include <string_view>

#include "fhirbin/instant.h"

namespace fhirbin::rest {

// The span that a FHIR dateTime of any precision stands for: `begin` is in it, `end` no longer.
struct Period {
  Instant begin{};
  Instant end{};
};

// Reads "2026", "2026-11", "2026-11-25" (UTC) or a date-time with zone; nullopt for other text.
std::optional<Period> parse_period(std::string_view text);

}  // namespace fhirbin::rest
