#pragma once

#include <filesystem>

#include "fhirbin/store.h"

namespace fhirbin::tool {

// Opens the store at `path` for reading and writing. Throws Failure.
Store open_for_writing(const std::filesystem::path& path);

// The same, or read-only where the medium allows no more. Throws Failure.
Store open_for_reading(const std::filesystem::path& path);

}  // namespace fhirbin::tool
