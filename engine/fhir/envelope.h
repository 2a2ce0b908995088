#pragma once

#include <string>
#include <string_view>

#include "fhirbin/error.h"
#include "fhirbin/fhir_version.h"

namespace fhirbin::fhir {

inline constexpr std::size_t kMaxEnvelopeBytes = std::size_t{1} << 20;
inline constexpr std::size_t kMaxJsonDepth = 16;

// What a Binary says besides its content, read from the body that the lifter took the payload out
// of.
struct Envelope {
  std::string id;                      // empty when absent
  std::string content_type;            // always there, a media type, trimmed
  std::string security_context;        // the Reference as minified JSON, or empty; never in DSTU2
  std::string elements;                // see elements.h; "{}" when there is nothing to keep
  bool payload_absent_reason = false;  // _data / _content carries a data-absent-reason extension
  bool subsetted = false;              // meta.tag holds SUBSETTED
};

// Reads and validates a Binary of `version` whose payload member, if it had one, now holds "".
// Refuses unknown, duplicate and misplaced members, wrong types, depth beyond 16 and invalid UTF-8.
// Drops meta.versionId and meta.lastUpdated. Errors: kInvalidResource with the fitting IssueType
// and a message that names the member at fault, never its value.
Result<Envelope> parse_envelope(std::string_view json, FhirVersion version);

// "data" from R4 on, "content" before.
std::string_view payload_member(FhirVersion version) noexcept;

}  // namespace fhirbin::fhir
