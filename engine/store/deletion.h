#pragma once

#include <optional>
#include <string_view>

#include "engine/store/store_context.h"
#include "fhirbin/options.h"
#include "fhirbin/version_info.h"

namespace fhirbin::store {

// Adds a deletion version; nullopt when there is nothing to delete.
Result<std::optional<VersionInfo>> publish_deletion(StoreContext& store, std::string_view id,
                                                    const RemoveOptions& options);

}  // namespace fhirbin::store
