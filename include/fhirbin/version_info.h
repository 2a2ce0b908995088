#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "fhirbin/instant.h"

namespace fhirbin {

// XXH3-128 (seed 0) of the decoded content in canonical byte order, as `xxhsum -H2` prints it.
// A checksum against accidents, never a proof of identity.
struct ContentDigest {
  std::array<std::byte, 16> bytes{};
  friend bool operator==(const ContentDigest&, const ContentDigest&) = default;
};

// What is known of one version of a Binary without reading its content. A plain value.
struct VersionInfo {
  std::string id;              // the Binary's id, [A-Za-z0-9\-.]{1,64}
  std::uint64_t version = 0;   // 1, 2, 3 ... per id; a deletion takes a number too
  std::uint64_t sequence = 0;  // the store-wide commit counter of the change that made it
  Instant last_updated{};      // meta.lastUpdated; strictly rising per id
  bool deleted = false;        // a deletion: no content, no contentType
  bool created = false;  // the first version, or the first after a deletion (201 rather than 200)
  std::string content_type;      // exactly as it was given, trimmed
  std::string security_context;  // securityContext.reference, or empty
  std::uint64_t size_bytes = 0;  // decoded content
  ContentDigest digest;          // of the decoded content
};

}  // namespace fhirbin
