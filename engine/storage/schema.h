#pragma once

#include <cstdint>

#include "engine/storage/connection.h"
#include "fhirbin/error.h"

namespace fhirbin::storage {

// PRAGMA application_id of every catalog: "fhbc".
inline constexpr std::int32_t kCatalogApplicationId = 0x66686263;
// PRAGMA user_version: the format of the whole store.
inline constexpr std::int64_t kFormatVersion = 1;

// Makes the tables of format version 1 in an empty catalog, within the caller's transaction.
Result<void> create_schema_v1(Connection& catalog);

// Compares the catalog's schema, statement by statement, with ours: a file with a trigger, a view
// or a changed table is not ours. Errors: kIncompatibleFormat.
Result<void> check_schema(Connection& catalog);

}  // namespace fhirbin::storage
