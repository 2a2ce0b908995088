#pragma once

#include <cstdint>
#include <vector>

#include "engine/storage/connection.h"
#include "engine/storage/settings.h"
#include "engine/storage/version_table.h"

namespace fhirbin::store {

// The sequences of some of the versions that were not purged, those that follow `after`, in commit
// order; none at the end.
Result<std::vector<std::uint64_t>> kept_after(storage::Connection& connection, std::uint64_t after);

// The version with that sequence. Errors: kGone when it was purged meanwhile, kCorrupt.
Result<storage::VersionRecord> record_at(storage::Connection& connection,
                                         const storage::Settings& settings, std::uint64_t sequence);

}  // namespace fhirbin::store
