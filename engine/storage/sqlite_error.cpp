#include "engine/storage/sqlite_error.h"

#include <cerrno>
#include <string>

#include <sqlite3.h>

namespace fhirbin::storage {
namespace {

ErrorCode code_of(sqlite3* database, int code) {
  if (code == SQLITE_IOERR_DATA || code == SQLITE_IOERR_CORRUPTFS) {
    return ErrorCode::kCorrupt;
  }
  if (code == SQLITE_IOERR_NOMEM) {
    return ErrorCode::kOutOfMemory;
  }
  if ((code & 0xFF) == SQLITE_IOERR && database != nullptr) {
    // SQLite reports a full disk as SQLITE_FULL only for writes; fallocate and shm growth keep
    // errno.
    const int system_error = sqlite3_system_errno(database);
    if (system_error == ENOSPC || system_error == EDQUOT) {
      return ErrorCode::kNoSpace;
    }
  }
  switch (code & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
      return ErrorCode::kBusy;
    case SQLITE_FULL:
      return ErrorCode::kNoSpace;
    case SQLITE_NOMEM:
      return ErrorCode::kOutOfMemory;
    case SQLITE_READONLY:
      return ErrorCode::kReadOnly;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_FORMAT:
    // Our statements are fixed: they fail so only on tables or rows that are not as we left them.
    case SQLITE_ERROR:
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
      return ErrorCode::kCorrupt;
    case SQLITE_TOOBIG:
      return ErrorCode::kTooLarge;
    case SQLITE_INTERRUPT:
      return ErrorCode::kCancelled;
    default:
      return ErrorCode::kIo;
  }
}

}  // namespace

Error make_sqlite_error(sqlite3* database, int code, std::string_view tried) {
  const int extended =
      database != nullptr && (code & ~0xFF) == 0 ? sqlite3_extended_errcode(database) : code;
  const int exact = (extended & 0xFF) == (code & 0xFF) ? extended : code;
  std::string message = "could not ";
  message += tried;
  message += ": ";
  message += exact == SQLITE_IOERR_DATA ? "a SQLite page fails its seal" : sqlite3_errstr(exact);
  message += " (SQLite " + std::to_string(exact) + ")";
  return Error{.code = code_of(database, exact), .message = std::move(message)};
}

}  // namespace fhirbin::storage
