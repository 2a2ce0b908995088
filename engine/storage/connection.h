#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "engine/storage/seal_vfs.h"
#include "engine/storage/statement.h"
#include "fhirbin/error.h"

namespace fhirbin::storage {

// How a connection uses its file.
enum class Access : std::uint8_t {
  kReadOnly,   // never writes, not even to recover
  kReadWrite,  // the file exists
  kCreate,     // the file may be empty or missing
};

// An SQLite connection through the seal VFS, hardened against hostile files and set to never lose
// an acknowledged commit. Move-only; thread-compatible.
class Connection {
 public:
  struct Options {
    std::string path;
    SealParameters seal;
    Access access = Access::kReadWrite;
    std::uint32_t busy_timeout_ms = 5000;
    int cache_kibibytes = 2048;  // SQLite's page cache, at most
    const char* vfs = kSealVfsName;
  };

  static Result<Connection> open(const Options& options);

  Connection(Connection&&) noexcept;
  Connection& operator=(Connection&&) noexcept;
  ~Connection();

  // Lends the prepared form of `sql`, a constant that lives as long as the program.
  Result<Statement> prepare(const char* sql);

  // Runs statements that return nothing we want.
  Result<void> execute(const char* sql);

  // The first column of the first row of a PRAGMA or query, as a number.
  Result<std::int64_t> query_number(const char* sql);

  // Whether a transaction is open; false also after SQLite rolled one back on its own.
  bool in_transaction() const;
  std::uint64_t last_insert_rowid() const;
  // Rows changed by the last statement.
  std::uint64_t changed_rows() const;
  sqlite3* handle() const noexcept { return database_.get(); }

 private:
  struct CloseDatabase {
    void operator()(sqlite3* database) const noexcept;
  };
  struct FinalizeStatement {
    void operator()(sqlite3_stmt* statement) const noexcept;
  };
  struct Kept {
    std::unique_ptr<sqlite3_stmt, FinalizeStatement> handle;
    bool lent = false;
  };

  explicit Connection(std::unique_ptr<sqlite3, CloseDatabase> database);

  std::unique_ptr<sqlite3, CloseDatabase> database_;
  std::unordered_map<std::string_view, std::unique_ptr<Kept>> kept_;  // dies before database_
};

// A read transaction or a write transaction, rolled back on destruction unless committed.
class Transaction {
 public:
  enum class Kind : std::uint8_t {
    kRead,   // BEGIN: one snapshot for all that is read, before anything is written
    kWrite,  // BEGIN IMMEDIATE: busy at the start, never halfway
  };

  static Result<Transaction> begin(Connection& connection, Kind kind);

  Transaction(Transaction&& other) noexcept
      : connection_(std::exchange(other.connection_, nullptr)) {}
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();

  Result<void> commit();

 private:
  explicit Transaction(Connection& connection) noexcept : connection_(&connection) {}
  Connection* connection_;
};

}  // namespace fhirbin::storage
