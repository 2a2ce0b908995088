#pragma once

#include <cstdint>
#include <string_view>

#include "engine/store/store_context.h"
#include "fhirbin/care.h"

namespace fhirbin::store {

// See Store::purge_history().
Result<PurgeReport> purge_history(StoreContext& store, std::string_view id, std::uint64_t keep);

}  // namespace fhirbin::store
