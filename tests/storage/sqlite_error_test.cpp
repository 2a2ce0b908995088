#include "engine/storage/sqlite_error.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

namespace fhirbin::storage {
namespace {

TEST(SqliteErrorTest, EachCodeIsOneOfOurs) {
  const struct {
    int sqlite;
    ErrorCode ours;
  } codes[] = {{SQLITE_BUSY, ErrorCode::kBusy},
               {SQLITE_BUSY_SNAPSHOT, ErrorCode::kBusy},
               {SQLITE_BUSY_RECOVERY, ErrorCode::kBusy},
               {SQLITE_LOCKED, ErrorCode::kBusy},
               {SQLITE_PROTOCOL, ErrorCode::kBusy},
               {SQLITE_FULL, ErrorCode::kNoSpace},
               {SQLITE_NOMEM, ErrorCode::kOutOfMemory},
               {SQLITE_IOERR_NOMEM, ErrorCode::kOutOfMemory},
               {SQLITE_READONLY, ErrorCode::kReadOnly},
               {SQLITE_READONLY_ROLLBACK, ErrorCode::kReadOnly},
               {SQLITE_CORRUPT, ErrorCode::kCorrupt},
               {SQLITE_CORRUPT_INDEX, ErrorCode::kCorrupt},
               {SQLITE_NOTADB, ErrorCode::kCorrupt},
               {SQLITE_FORMAT, ErrorCode::kCorrupt},
               {SQLITE_ERROR, ErrorCode::kCorrupt},
               {SQLITE_CONSTRAINT_UNIQUE, ErrorCode::kCorrupt},
               {SQLITE_MISMATCH, ErrorCode::kCorrupt},
               {SQLITE_IOERR_DATA, ErrorCode::kCorrupt},
               {SQLITE_IOERR_CORRUPTFS, ErrorCode::kCorrupt},
               {SQLITE_TOOBIG, ErrorCode::kTooLarge},
               {SQLITE_INTERRUPT, ErrorCode::kCancelled},
               {SQLITE_IOERR, ErrorCode::kIo},
               {SQLITE_IOERR_READ, ErrorCode::kIo},
               {SQLITE_IOERR_FSYNC, ErrorCode::kIo},
               {SQLITE_CANTOPEN, ErrorCode::kIo},
               {SQLITE_PERM, ErrorCode::kIo},
               {SQLITE_RANGE, ErrorCode::kIo}};
  for (const auto& code : codes) {
    const Error error = make_sqlite_error(nullptr, code.sqlite, "read a row");
    EXPECT_EQ(error_name(error.code), error_name(code.ours)) << code.sqlite;
  }
}

TEST(SqliteErrorTest, TheMessageSaysWhatWasTriedAndWhy) {
  EXPECT_EQ(make_sqlite_error(nullptr, SQLITE_BUSY, "begin").message,
            "could not begin: database is locked (SQLite 5)");
  EXPECT_EQ(make_sqlite_error(nullptr, SQLITE_IOERR_DATA, "read a row").message,
            "could not read a row: a SQLite page fails its seal (SQLite 8202)");
}

TEST(SqliteErrorTest, APrimaryCodeIsMadeExactByTheConnectionThatFailedWithIt) {
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open(":memory:", &database), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(database, "CREATE TABLE t(a UNIQUE); INSERT INTO t VALUES('a name')",
                         nullptr, nullptr, nullptr),
            SQLITE_OK);
  ASSERT_EQ(
      sqlite3_exec(database, "INSERT INTO t VALUES('a name')", nullptr, nullptr, nullptr) & 0xFF,
      SQLITE_CONSTRAINT);
  const std::string exact = make_sqlite_error(database, SQLITE_CONSTRAINT, "insert").message;
  EXPECT_TRUE(exact.ends_with("(SQLite 2067)")) << exact;
  // The last failure of the connection was another one: it says nothing of this code.
  const std::string other = make_sqlite_error(database, SQLITE_BUSY, "insert").message;
  EXPECT_TRUE(other.ends_with("(SQLite 5)")) << other;
  sqlite3_close(database);
}

}  // namespace
}  // namespace fhirbin::storage
