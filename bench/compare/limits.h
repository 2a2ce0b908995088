#pragma once

#include <cstdint>

#include "bench/compare/files.h"

namespace fhirbin::compare {

// The same work by the bare parts, without what makes it safe to use: what no engine can beat that
// stands on them. All in MB/s of content.

// zstd at level 1 over pages of 256 KiB on all cores, written to a file that is synced once.
double compress_at_the_limit(const Path& folder, const Path& input);

// Pages as compress_at_the_limit() writes them, read and decoded on all cores.
double decompress_at_the_limit(const Path& folder, const Path& input);

// Reads `input` as a volume is read, on all cores: a system call and a hash for each SQLite page, a
// hash for each chunk, and a copy to the caller.
double read_checked_at_the_limit(const Path& input);

// memcpy from memory into a buffer.
double copy_at_the_limit(std::uint64_t size_bytes);

// Read, base64, write, sync.
double export_at_the_limit(const Path& folder, const Path& input);

}  // namespace fhirbin::compare
