#pragma once

#include <vector>

#include "bench/compare/files.h"

namespace fhirbin::compare {

// SQLite takes no larger BLOB by default than 10^9 bytes, the row included.
inline constexpr std::uint64_t kLargestSqliteBlob = 900 * kMiB;

// Content as one BLOB, written in pieces and committed once. MB/s.
double put_sqlite_blob(const Path& folder, const Path& input);

// Reads `length` bytes at each of `offsets` of a BLOB that put_sqlite_blob() wrote into `folder`.
// MB/s.
double read_sqlite_blob(const Path& folder, const std::vector<std::uint64_t>& offsets,
                        std::uint64_t length);

}  // namespace fhirbin::compare
