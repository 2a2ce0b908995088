#pragma once

#include "engine/rest/call.h"

namespace fhirbin::rest {

// GET [base]/$changes?after=SEQ: the notifications of the changes behind a sequence, one JSON
// object a line, oldest first. Waits for one where there is none yet: `timeout` seconds at most,
// then the body is empty. Parameters: after (0), _count (100, at most 1,000), timeout (30), payload
// (full or name).
Result<Response> answer_changes(const Call& call);

}  // namespace fhirbin::rest
