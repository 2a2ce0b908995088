#pragma once

#include "bench/compare/files.h"

namespace fhirbin::compare {

// Content as one BLOB per 1 MiB row, in transactions of 16 MiB. MB/s.
double put_sqlite_rows(const Path& folder, const Path& input);

// `count` objects of `size_bytes`, each its own transaction. Operations per second.
double create_sqlite_rows(const Path& folder, std::uint64_t count, std::uint64_t size_bytes);

}  // namespace fhirbin::compare
