#include "engine/storage/sqlite_version.h"

#include <sqlite3.h>

namespace fhirbin::storage {

std::string sqlite_version() { return sqlite3_libversion(); }

bool sqlite_has_wal_reset_bug() { return has_wal_reset_bug(sqlite3_libversion_number()); }

bool has_wal_reset_bug(int version_number) noexcept {
  const int branch = version_number / 1000;  // 3.44.x is 3044xxx
  if (branch == 3044) {
    return version_number < 3'044'006;
  }
  if (branch == 3050) {
    return version_number < 3'050'007;
  }
  return version_number >= 3'007'000 && version_number < 3'051'003;
}

}  // namespace fhirbin::storage
