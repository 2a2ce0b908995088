#pragma once

#include <string_view>

#include "engine/util/try.h"
#include "fhirbin/error.h"

struct sqlite3;

namespace fhirbin::storage {

// SQLite's result codes as ours; what a failed sync means is judged by the commits. `tried` says
// what was attempted, e.g. "read the chunk table"; the message never holds bound values.
Error make_sqlite_error(sqlite3* database, int code, std::string_view tried);

inline std::unexpected<Error> sqlite_fail(sqlite3* database, int code, std::string_view tried) {
  return std::unexpected<Error>(make_sqlite_error(database, code, tried));
}

}  // namespace fhirbin::storage
