#pragma once

#include "engine/store/store_context.h"
#include "fhirbin/stats.h"

namespace fhirbin::store {

// See Store::stats().
Result<StoreStats> read_stats(StoreContext& store);

}  // namespace fhirbin::store
