#pragma once

#include "engine/store/chunk_check.h"
#include "engine/store/verification.h"

namespace fhirbin::store {

// Every version record: its seal, its map, its content, and whether a damaged chunk is part of it.
Result<void> check_versions(Verification& verification, const CheckedChunks& checked);

}  // namespace fhirbin::store
