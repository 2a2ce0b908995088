#pragma once

#include <cstdint>
#include <optional>

#include "engine/store/store_context.h"

namespace fhirbin::store {

// Removes from the catalog what was purged before the oldest live pin (`except_pin` not counted):
// hidden versions with their maps and inline content, and freed chunks. Small transactions. Returns
// how many chunks went.
Result<std::uint64_t> sweep_catalog(StoreContext& store, std::optional<std::uint64_t> except_pin);

}  // namespace fhirbin::store
