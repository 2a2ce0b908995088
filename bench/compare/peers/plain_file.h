#pragma once

#include "bench/compare/files.h"

namespace fhirbin::compare {

// Content as a file, synced once, and so its folder. MB/s.
double put_plain_file(const Path& folder, const Path& input);

// `count` objects of `size_bytes`, each a synced file in a synced folder. Operations per second.
double create_plain_files(const Path& folder, std::uint64_t count, std::uint64_t size_bytes);

// Reads a file in order. MB/s.
double read_plain_file(const Path& input);

}  // namespace fhirbin::compare
