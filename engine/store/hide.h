#pragma once

#include "engine/storage/connection.h"
#include "engine/storage/settings.h"
#include "engine/storage/version_record.h"
#include "fhirbin/care.h"
#include "fhirbin/error.h"

namespace fhirbin::store {

// Hides one kept version from every reader but older snapshots, and drops its references to chunks;
// what it frees is added to `report`. Within the caller's transaction, whose change is `sequence`.
Result<void> hide_version(storage::Connection& connection, const storage::Settings& settings,
                          const storage::VersionRecord& record, std::uint64_t sequence,
                          PurgeReport& report);

}  // namespace fhirbin::store
