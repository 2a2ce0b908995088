#pragma once

#include "engine/storage/connection.h"
#include "engine/storage/settings.h"
#include "engine/storage/version_record.h"
#include "engine/store/staged_content.h"

namespace fhirbin::store {

// Gives staged content its rows in the catalog: inline bytes, or chunks with their references, the
// map that names them and the books of the volumes. Completes `record`, whose sequence is known.
Result<void> insert_content(storage::Connection& connection, const storage::Settings& settings,
                            const StagedContent& content, storage::VersionRecord& record);

}  // namespace fhirbin::store
