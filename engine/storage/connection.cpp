#include "engine/storage/connection.h"

#include <sqlite3.h>

#include "engine/storage/sqlite_error.h"

namespace fhirbin::storage {
namespace {

// SQLite's own advice for files that may be hostile, with LENGTH raised to hold our largest page.
void limit_resources(sqlite3* database) {
  constexpr int kMaxRowBytes = 4 << 20;
  sqlite3_limit(database, SQLITE_LIMIT_LENGTH, kMaxRowBytes);
  sqlite3_limit(database, SQLITE_LIMIT_SQL_LENGTH, 100'000);
  sqlite3_limit(database, SQLITE_LIMIT_COLUMN, 100);
  sqlite3_limit(database, SQLITE_LIMIT_EXPR_DEPTH, 20);
  sqlite3_limit(database, SQLITE_LIMIT_COMPOUND_SELECT, 3);
  sqlite3_limit(database, SQLITE_LIMIT_VDBE_OP, 25'000);
  sqlite3_limit(database, SQLITE_LIMIT_FUNCTION_ARG, 8);
  sqlite3_limit(database, SQLITE_LIMIT_ATTACHED, 0);
  sqlite3_limit(database, SQLITE_LIMIT_VARIABLE_NUMBER, 32);
  sqlite3_limit(database, SQLITE_LIMIT_TRIGGER_DEPTH, 1);
  sqlite3_limit(database, SQLITE_LIMIT_WORKER_THREADS, 0);
}

void harden(sqlite3* database) {
  limit_resources(database);
  sqlite3_db_config(database, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(database, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(database, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
  sqlite3_db_config(database, SQLITE_DBCONFIG_ENABLE_VIEW, 0, nullptr);
  // Closing must never checkpoint: that is the catalog writer's work, under its lock.
  sqlite3_db_config(database, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  sqlite3_wal_autocheckpoint(database, 0);
}

int open_flags(Access access) {
  const int common =
      SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_EXRESCODE;
  switch (access) {
    case Access::kReadOnly:
      return common | SQLITE_OPEN_READONLY;
    case Access::kReadWrite:
      return common | SQLITE_OPEN_READWRITE;
    case Access::kCreate:
      return common | SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  }
  return common | SQLITE_OPEN_READONLY;
}

}  // namespace

void Connection::CloseDatabase::operator()(sqlite3* database) const noexcept {
  sqlite3_close_v2(database);
}

void Connection::FinalizeStatement::operator()(sqlite3_stmt* statement) const noexcept {
  sqlite3_finalize(statement);
}

Connection::Connection(std::unique_ptr<sqlite3, CloseDatabase> database)
    : database_(std::move(database)) {}
Connection::Connection(Connection&&) noexcept = default;
Connection& Connection::operator=(Connection&& other) noexcept {
  kept_ = std::move(other.kept_);  // statements die before the database they belong to
  database_ = std::move(other.database_);
  return *this;
}
Connection::~Connection() = default;

Result<Connection> Connection::open(const Options& options) {
  FHIRBIN_TRY(register_seal_vfs());
  sqlite3* raw = nullptr;
  const std::string uri = seal_uri(options.path, options.seal);
  const int code = sqlite3_open_v2(uri.c_str(), &raw, open_flags(options.access), options.vfs);
  std::unique_ptr<sqlite3, CloseDatabase> database(raw);
  if (code != SQLITE_OK) {
    return sqlite_fail(raw, code, "open a database file of the store");
  }
  harden(raw);
  sqlite3_busy_timeout(raw, static_cast<int>(options.busy_timeout_ms));
  Connection connection(std::move(database));
  FHIRBIN_TRY(connection.execute(
      "PRAGMA mmap_size=0; PRAGMA cell_size_check=ON; PRAGMA temp_store=MEMORY; PRAGMA "
      "cache_spill=OFF;"
      "PRAGMA synchronous=FULL; PRAGMA secure_delete=ON; PRAGMA foreign_keys=OFF;"
      "PRAGMA fullfsync=ON; PRAGMA checkpoint_fullfsync=ON"));
  const std::string cache = "PRAGMA cache_size=-" + std::to_string(options.cache_kibibytes);
  FHIRBIN_TRY(connection.execute(cache.c_str()));
  return connection;
}

Result<Statement> Connection::prepare(const char* sql) {
  std::unique_ptr<Kept>& kept = kept_[sql];
  if (kept != nullptr && !kept->lent) {
    kept->lent = true;
    return Statement(kept->handle.get(), &kept->lent);
  }
  sqlite3_stmt* handle = nullptr;
  const int code =
      sqlite3_prepare_v3(database_.get(), sql, -1, SQLITE_PREPARE_PERSISTENT, &handle, nullptr);
  if (code != SQLITE_OK) {
    return sqlite_fail(database_.get(), code, "prepare a statement");
  }
  if (kept != nullptr) {
    return Statement(handle, nullptr);  // a second user at the same time gets one of its own
  }
  kept = std::make_unique<Kept>();
  kept->handle.reset(handle);
  kept->lent = true;
  return Statement(handle, &kept->lent);
}

Result<void> Connection::execute(const char* sql) {
  const int code = sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) {
    return sqlite_fail(database_.get(), code, "run a command");
  }
  return {};
}

Result<std::int64_t> Connection::query_number(const char* sql) {
  FHIRBIN_TRY_ASSIGN(Statement query, prepare(sql));
  FHIRBIN_TRY_ASSIGN(const bool found, query.step());
  if (!found) {
    return fail(ErrorCode::kCorrupt, "a query of the store's settings returned nothing");
  }
  return query.column_i64(0);
}

bool Connection::in_transaction() const { return sqlite3_get_autocommit(database_.get()) == 0; }

std::uint64_t Connection::last_insert_rowid() const {
  return static_cast<std::uint64_t>(sqlite3_last_insert_rowid(database_.get()));
}

std::uint64_t Connection::changed_rows() const {
  return static_cast<std::uint64_t>(sqlite3_changes64(database_.get()));
}

Result<Transaction> Transaction::begin(Connection& connection, Kind kind) {
  FHIRBIN_TRY_ASSIGN(Statement begin,
                     connection.prepare(kind == Kind::kWrite ? "BEGIN IMMEDIATE" : "BEGIN"));
  FHIRBIN_TRY(begin.run());
  return Transaction(connection);
}

Transaction::~Transaction() {
  // SQLite rolls back on its own after some errors; then there is nothing left to undo.
  if (connection_ != nullptr && connection_->in_transaction()) {
    (void)connection_->execute("ROLLBACK");  // fails only where the transaction is gone already
  }
}

Result<void> Transaction::commit() {
  FHIRBIN_TRY_ASSIGN(Statement commit, connection_->prepare("COMMIT"));
  FHIRBIN_TRY(commit.run());
  connection_ = nullptr;
  return {};
}

}  // namespace fhirbin::storage
