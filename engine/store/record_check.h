#pragma once

#include "engine/store/verification.h"

namespace fhirbin::store {

// Every SQLite page of the catalog: its seal, and that the trees hang together.
Result<void> check_catalog_file(Verification& verification);

// Numbers of versions and changes are gapless, so a record that vanished shows.
Result<void> check_histories(Verification& verification);

// Rows that do not go together, whether or not each of them is whole.
Result<void> check_rows(Verification& verification);

}  // namespace fhirbin::store
