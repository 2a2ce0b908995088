#pragma once

#include <cstdint>
#include <span>

#include "engine/store/store_context.h"
#include "fhirbin/care.h"
#include "fhirbin/progress.h"

namespace fhirbin::store {

// After a dropped upload: drops the given volumes where nothing lives in them and compacts those
// that are mostly dead, or of which no more must be copied than is given back in all, so that a
// refused gigabyte does not stay on the disk until the next collection. Does nothing while another
// collection runs or an older pin lives.
Result<void> reclaim_volumes(StoreContext& store, std::span<const std::uint32_t> volumes);

// See Store::collect_garbage().
Result<CollectReport> collect_garbage(StoreContext& store, const CallControl& control);

}  // namespace fhirbin::store
