#pragma once

#include <optional>

#include "engine/rest/call.h"

namespace fhirbin::rest {

// What If-Match and If-None-Match ask of a write.
struct Preconditions {
  std::optional<std::uint64_t> if_match;  // this version is the head
  bool if_exists = false;                 // If-Match: *
  bool if_none_match = false;             // If-None-Match: *
};

// Reads the headers. Errors: kInvalidArgument when one is malformed, kPreconditionMissing when the
// service insists on If-Match and there is none, kVersionConflict when no tag can name the head.
Result<Preconditions> read_preconditions(const Call& call);

}  // namespace fhirbin::rest
