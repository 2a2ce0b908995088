#pragma once

#include "engine/rest/call.h"

namespace fhirbin::rest {

// GET and HEAD of [base]/Binary/{id} and [base]/Binary/{id}/_history/{vid}: the content in its
// native form, whole or a range of it, or the resource as FHIR JSON. The body of a HEAD is to be
// dropped by the caller.
Result<Response> answer_read(const Call& call);

// Parses a version id of a path. Errors: kNotFound for text that is none of ours, as versions are
// opaque to clients.
Result<std::uint64_t> parse_version_id(std::string_view text);

}  // namespace fhirbin::rest
