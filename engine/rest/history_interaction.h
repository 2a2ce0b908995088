#pragma once

#include "engine/rest/call.h"

namespace fhirbin::rest {

// GET [base]/Binary/{id}/_history, [base]/Binary/_history and [base]/_history: a page of a history
// as a Bundle, newest first. Parameters _count, _since, _at; next links carry _page_token.
Result<Response> answer_history(const Call& call);

}  // namespace fhirbin::rest
