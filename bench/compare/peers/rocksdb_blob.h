#pragma once

#include <string>

#include "bench/compare/files.h"

namespace fhirbin::compare {

// Empty where RocksDB's development files were not found.
std::string rocksdb_version();

// Content as 1 MiB values in blob files; the write-ahead log is synced every 16 MiB. MB/s.
double put_rocksdb(const Path& folder, const Path& input);

}  // namespace fhirbin::compare
