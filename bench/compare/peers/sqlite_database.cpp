#include "bench/compare/peers/sqlite_database.h"

#include <string>

#include "bench/compare/require.h"

namespace fhirbin::compare {
namespace {

void check(int code, const char* what) {
  if (code != SQLITE_OK && code != SQLITE_DONE && code != SQLITE_ROW) {
    give_up(std::string("SQLite: ") + what + ": " + sqlite3_errstr(code));
  }
}

}  // namespace

SqliteDatabase::SqliteDatabase(const Path& path) {
  sqlite3* database = nullptr;
  const int code = sqlite3_open(path.c_str(), &database);
  database_.reset(database);
  check(code, "open");
  run("PRAGMA journal_mode=WAL");
  run("PRAGMA synchronous=FULL");
  run("CREATE TABLE IF NOT EXISTS object(id INTEGER PRIMARY KEY, data BLOB)");
  insert_ = prepare("INSERT INTO object(data) VALUES(?1)");
}

void SqliteDatabase::run(const char* sql) {
  check(sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr), sql);
}

SqliteStatement SqliteDatabase::prepare(const char* sql) {
  sqlite3_stmt* statement = nullptr;
  check(sqlite3_prepare_v2(database_.get(), sql, -1, &statement, nullptr), sql);
  return SqliteStatement(statement);
}

void SqliteDatabase::insert(std::span<const std::byte> data) {
  check(sqlite3_bind_blob64(insert_.get(), 1, data.data(), data.size(), SQLITE_STATIC), "bind");
  check(sqlite3_step(insert_.get()), "insert");
  check(sqlite3_reset(insert_.get()), "reset");
}

std::int64_t SqliteDatabase::insert_zeros(std::uint64_t size_bytes) {
  check(sqlite3_bind_zeroblob64(insert_.get(), 1, size_bytes), "bind");
  check(sqlite3_step(insert_.get()), "insert");
  check(sqlite3_reset(insert_.get()), "reset");
  return sqlite3_last_insert_rowid(database_.get());
}

SqliteBlob SqliteDatabase::open_blob(std::int64_t id, bool writable) {
  sqlite3_blob* blob = nullptr;
  check(sqlite3_blob_open(database_.get(), "main", "object", "data", id, writable ? 1 : 0, &blob),
        "open a blob");
  return SqliteBlob(blob);
}

}  // namespace fhirbin::compare
