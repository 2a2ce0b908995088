#pragma once

#include <string>

namespace fhirbin::storage {

// The SQLite that runs, e.g. "3.40.1".
std::string sqlite_version();

// Whether that SQLite can corrupt a WAL database when a commit overlaps a checkpoint (3.7.0
// to 3.51.2, but for 3.44.6 and 3.50.7 and what follows them in their branches). Our writer lock
// excludes it either way.
bool sqlite_has_wal_reset_bug();
bool has_wal_reset_bug(int version_number) noexcept;

}  // namespace fhirbin::storage
