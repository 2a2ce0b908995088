#pragma once

#include "engine/store/store_context.h"
#include "fhirbin/care.h"
#include "fhirbin/progress.h"

namespace fhirbin::store {

// See Store::verify().
Result<VerifyReport> verify_store(StoreContext& store, const CallControl& control);

}  // namespace fhirbin::store
