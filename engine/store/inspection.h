#pragma once

#include "engine/store/store_context.h"
#include "fhirbin/layout.h"

namespace fhirbin::store {

// See Store::layout().
Result<StoreLayout> read_store_layout(StoreContext& store);
Result<VersionLayout> read_version_layout(StoreContext& store, std::string_view id,
                                          std::optional<std::uint64_t> version);

}  // namespace fhirbin::store
