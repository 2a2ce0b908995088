#pragma once

#include "engine/rest/call.h"

namespace fhirbin::rest {

// DELETE [base]/Binary/{id}: adds a deletion version; succeeds as well where there is nothing to
// delete.
Result<Response> answer_delete(const Call& call);

// DELETE [base]/Binary/{id}/$purge: drops all versions but the current one, as the Cloud Healthcare
// API's Resource-purge does.
Result<Response> answer_purge(const Call& call);

}  // namespace fhirbin::rest
