#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "fhirbin/instant.h"
#include "fhirbin/options.h"

namespace fhirbin {

// What export_ndjson() writes: one Binary as FHIR JSON per line, a snapshot fixed at the start.
struct ExportOptions : InlinePolicy {
  std::optional<Instant> since = {};  // only versions updated at or after this instant
  bool history = false;  // every kept version instead of heads only; deletions are left out
  std::string content_type = {};  // as in ListQuery
};

// What an export wrote.
struct ExportReport {
  std::uint64_t lines = 0;
  std::uint64_t inlined = 0;      // lines with their data
  std::uint64_t substituted = 0;  // lines whose data was replaced by data-absent-reason
  std::uint64_t bytes = 0;        // of NDJSON
  std::uint64_t sequence = 0;     // the snapshot: every change up to it, none after
};

}  // namespace fhirbin
