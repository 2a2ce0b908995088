#pragma once

#include <string>

#include "bench/compare/files.h"

namespace fhirbin::compare {

// Empty where LMDB's development files were not found.
std::string lmdb_version();

// Content as 1 MiB values, in synced transactions of 16 MiB. MB/s.
double put_lmdb(const Path& folder, const Path& input);

}  // namespace fhirbin::compare
