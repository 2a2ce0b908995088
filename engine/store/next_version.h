#pragma once

#include <cstdint>
#include <optional>

#include "engine/storage/connection.h"
#include "engine/storage/version_record.h"
#include "engine/store/store_context.h"

namespace fhirbin::store {

// What every version has in common that follows a former one, be it content or a deletion.

// The former one must be the version that the caller asks for, if any. Errors: kVersionConflict.
Result<void> check_if_match(const std::optional<std::uint64_t>& if_match,
                            const std::optional<storage::VersionRecord>& former);

// When it is last updated, in ms: strictly rising along the versions of one Binary, even where the
// clock stands still or goes back.
std::int64_t next_instant(StoreContext& store, const std::optional<storage::VersionRecord>& former);

// Makes `record` the head and, in a store without history, hides the former one.
Result<void> insert_as_head(StoreContext& store, storage::Connection& connection,
                            const storage::VersionRecord& record,
                            const std::optional<storage::VersionRecord>& former);

}  // namespace fhirbin::store
