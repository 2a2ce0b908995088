#pragma once

#include <cstdint>
#include <string_view>

#include "engine/util/bytes.h"
#include "fhirbin/error.h"

struct sqlite3;
struct sqlite3_stmt;

namespace fhirbin::storage {

class Connection;

// A prepared statement lent by a Connection, which keeps it for the next user; given back (reset,
// bindings cleared) on destruction. Bound bytes and text are not copied: they must live until then.
// Thread-compatible; must not outlive its Connection.
class Statement {
 public:
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&&) = delete;
  ~Statement();

  // Parameters count from 1. Errors are kept and returned by the next step().
  Statement& bind(int parameter, std::uint64_t value);
  Statement& bind(int parameter, std::int64_t value);
  Statement& bind(int parameter, ByteSpan value);
  Statement& bind(int parameter, std::string_view value);

  // Runs to the next row: true for a row, false at the end.
  Result<bool> step();
  // Runs a statement that returns no row.
  Result<void> run();
  // Makes the statement ready to run again with new bindings.
  void reset();

  // Columns count from 0. Bytes and text belong to SQLite until the next step or reset.
  std::uint64_t column_u64(int column) const;
  std::int64_t column_i64(int column) const;
  ByteSpan column_bytes(int column) const;
  std::string_view column_text(int column) const;
  bool column_is_null(int column) const;

 private:
  friend class Connection;
  Statement(sqlite3_stmt* handle, bool* lent) noexcept : handle_(handle), lent_(lent) {}

  sqlite3_stmt* handle_;
  bool* lent_;  // cleared on return; nullptr: finalize instead
  int bind_error_ = 0;
};

}  // namespace fhirbin::storage
