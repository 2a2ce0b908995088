#pragma once

#include <optional>

#include "engine/storage/seal_vfs.h"

namespace fhirbin::storage {

// The parameters that seal_uri() put into the name of a main database, as SQLite hands it to xOpen;
// nullopt when one is missing or malformed.
std::optional<SealParameters> read_seal_parameters(const char* database_name) noexcept;

}  // namespace fhirbin::storage
