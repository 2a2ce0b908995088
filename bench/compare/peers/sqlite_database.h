#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include <sqlite3.h>

#include "bench/compare/files.h"

namespace fhirbin::compare {

struct CloseSqlite {
  void operator()(sqlite3* database) const { (void)sqlite3_close(database); }
  void operator()(sqlite3_stmt* statement) const { (void)sqlite3_finalize(statement); }
  void operator()(sqlite3_blob* blob) const { (void)sqlite3_blob_close(blob); }
};
using SqliteStatement = std::unique_ptr<sqlite3_stmt, CloseSqlite>;
using SqliteBlob = std::unique_ptr<sqlite3_blob, CloseSqlite>;

// What an application has without us: a database in WAL with synchronous FULL, everything else by
// default, and one table object(id, data).
class SqliteDatabase {
 public:
  explicit SqliteDatabase(const Path& path);

  void run(const char* sql);
  SqliteStatement prepare(const char* sql);
  // Inserts one row with `data`.
  void insert(std::span<const std::byte> data);
  // Inserts one row of `size_bytes` zeros; its id.
  std::int64_t insert_zeros(std::uint64_t size_bytes);
  SqliteBlob open_blob(std::int64_t id, bool writable);

 private:
  std::unique_ptr<sqlite3, CloseSqlite> database_;
  SqliteStatement insert_;
};

}  // namespace fhirbin::compare
