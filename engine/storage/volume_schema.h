#pragma once

#include <cstdint>

#include "engine/storage/connection.h"

namespace fhirbin::storage {

// PRAGMA user_version of a volume.
inline constexpr int kVolumeFilling = 0;
inline constexpr int kVolumeSealed = 1;
// PRAGMA application_id of every volume: "fhbv".
inline constexpr std::int32_t kVolumeApplicationId = 0x66686276;

// Makes an empty database a filling volume.
Result<void> create_volume_schema(Connection& connection, std::uint32_t sqlite_page_bytes);

// Whether the file says that it was sealed. Errors: kCorrupt when it is no volume.
Result<bool> is_marked_sealed(Connection& connection, std::uint32_t number);

// Lets the journal stay from one transaction to the next, emptied by its header.
Result<void> keep_volume_journal(Connection& connection);
// Removes the journal for good.
Result<void> remove_volume_journal(Connection& connection);

}  // namespace fhirbin::storage
