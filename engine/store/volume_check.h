#pragma once

#include "engine/store/verification.h"

namespace fhirbin::store {

// Every SQLite page of every volume, and what the books say of it against what it holds.
Result<void> check_volume_files(Verification& verification);

// That each file in the folder of volumes belongs to a volume.
Result<void> check_stray_files(Verification& verification);

}  // namespace fhirbin::store
