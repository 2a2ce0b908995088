#include "engine/storage/statement.h"

#include <utility>

#include <sqlite3.h>

#include "engine/storage/sqlite_error.h"

namespace fhirbin::storage {

Statement::Statement(Statement&& other) noexcept
    : handle_(std::exchange(other.handle_, nullptr)),
      lent_(std::exchange(other.lent_, nullptr)),
      bind_error_(other.bind_error_) {}

Statement::~Statement() {
  if (handle_ == nullptr) {
    return;
  }
  if (lent_ == nullptr) {
    sqlite3_finalize(handle_);
    return;
  }
  sqlite3_reset(handle_);
  sqlite3_clear_bindings(handle_);
  *lent_ = false;
}

Statement& Statement::bind(int parameter, std::uint64_t value) {
  return bind(parameter, static_cast<std::int64_t>(value));
}

Statement& Statement::bind(int parameter, std::int64_t value) {
  if (const int code = sqlite3_bind_int64(handle_, parameter, value); code != SQLITE_OK) {
    bind_error_ = code;
  }
  return *this;
}

Statement& Statement::bind(int parameter, ByteSpan value) {
  // A null pointer would bind NULL: empty bytes are a value of their own.
  const void* data = value.empty() ? static_cast<const void*>("") : value.data();
  if (const int code = sqlite3_bind_blob64(handle_, parameter, data, value.size(), SQLITE_STATIC);
      code != SQLITE_OK) {
    bind_error_ = code;
  }
  return *this;
}

Statement& Statement::bind(int parameter, std::string_view value) {
  const char* data = value.empty() ? "" : value.data();
  if (const int code =
          sqlite3_bind_text64(handle_, parameter, data, value.size(), SQLITE_STATIC, SQLITE_UTF8);
      code != SQLITE_OK) {
    bind_error_ = code;
  }
  return *this;
}

Result<bool> Statement::step() {
  sqlite3* const database = sqlite3_db_handle(handle_);
  if (bind_error_ != SQLITE_OK) {
    return sqlite_fail(database, bind_error_, "bind a value");
  }
  const int code = sqlite3_step(handle_);
  if (code == SQLITE_ROW) {
    return true;
  }
  if (code == SQLITE_DONE) {
    return false;
  }
  return sqlite_fail(database, code, "run a statement");
}

Result<void> Statement::run() {
  FHIRBIN_TRY(step());
  return {};
}

void Statement::reset() {
  sqlite3_reset(handle_);
  sqlite3_clear_bindings(handle_);
  bind_error_ = SQLITE_OK;
}

std::uint64_t Statement::column_u64(int column) const {
  return static_cast<std::uint64_t>(sqlite3_column_int64(handle_, column));
}

std::int64_t Statement::column_i64(int column) const {
  return sqlite3_column_int64(handle_, column);
}

ByteSpan Statement::column_bytes(int column) const {
  const void* data = sqlite3_column_blob(handle_, column);
  const int size = sqlite3_column_bytes(handle_, column);
  return {static_cast<const std::byte*>(data), static_cast<std::size_t>(size)};
}

std::string_view Statement::column_text(int column) const {
  const unsigned char* data = sqlite3_column_text(handle_, column);
  const int size = sqlite3_column_bytes(handle_, column);
  return {reinterpret_cast<const char*>(data), static_cast<std::size_t>(size)};
}

bool Statement::column_is_null(int column) const {
  return sqlite3_column_type(handle_, column) == SQLITE_NULL;
}

}  // namespace fhirbin::storage
