#include "engine/storage/seal_vfs.h"

#include <list>
#include <new>
#include <utility>

#include <sqlite3.h>
#include <sys/stat.h>

#include "engine/storage/seal_journal_file.h"
#include "engine/storage/seal_main_file.h"
#include "engine/storage/seal_uri.h"
#include "engine/storage/seal_wal_file.h"
#include "engine/util/mutex.h"
#include "engine/util/try.h"

namespace fhirbin::storage {
namespace {

sqlite3_vfs& base_of(sqlite3_vfs* vfs) noexcept {
  return *static_cast<sqlite3_vfs*>(vfs->pAppData);
}

SealFile* make_main_file(sqlite3_file& base, const SealParameters& parameters) noexcept {
  return new (std::nothrow) MainFile(base, parameters);
}

// The journal or WAL called `name`. Its database was opened before, by the same connection.
SealFile* make_log_file(sqlite3_file& base, MainFile& main, bool is_wal) noexcept {
  return is_wal ? static_cast<SealFile*>(new (std::nothrow) WalFile(base, main))
                : new (std::nothrow) JournalFile(base, main);
}

// Opening a pipe in a file's place would wait for ever.
bool is_special_file(const char* name) noexcept {
  struct stat status{};
  return ::stat(name, &status) == 0 && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode);
}

int open_below(sqlite3_vfs* vfs, const char* name, sqlite3_file& base, int flags,
               int* out_flags) noexcept {
  base.pMethods = nullptr;
  if (name != nullptr && is_special_file(name)) {
    return SQLITE_CANTOPEN;
  }
  const int rc = base_of(vfs).xOpen(&base_of(vfs), name, &base, flags, out_flags);
  if (rc != SQLITE_OK && base.pMethods != nullptr) {
    (void)base.pMethods->xClose(&base);  // the error of opening is the one to tell
  }
  return rc;
}

// Puts the seals between `file` and the file below, which is open.
int attach_or_close(sqlite3_file& file, SealFile* seal) noexcept {
  if (seal == nullptr) {
    sqlite3_file& base = base_file_of(file);
    (void)base.pMethods->xClose(&base);  // out of memory is the error to tell
    return SQLITE_IOERR_NOMEM;
  }
  attach_seal(file, seal);
  return SQLITE_OK;
}

int open_main(sqlite3_vfs* vfs, const char* name, sqlite3_file& file, int flags,
              int* out_flags) noexcept {
  const auto parameters = read_seal_parameters(name);
  if (!parameters) {
    sqlite3_log(SQLITE_CANTOPEN, "a database cannot be opened sealed without its parameters");
    return SQLITE_CANTOPEN;
  }
  sqlite3_file& base = base_file_of(file);
  const int rc = open_below(vfs, name, base, flags, out_flags);
  return rc == SQLITE_OK ? attach_or_close(file, make_main_file(base, *parameters)) : rc;
}

int open_log(sqlite3_vfs* vfs, const char* name, sqlite3_file& file, int flags,
             int* out_flags) noexcept {
  MainFile* const main = main_file_of(sqlite3_database_file_object(name));
  if (main == nullptr) {
    return SQLITE_CANTOPEN;  // another VFS above this one would hide the database
  }
  sqlite3_file& base = base_file_of(file);
  const int rc = open_below(vfs, name, base, flags, out_flags);
  const bool is_wal = (flags & SQLITE_OPEN_WAL) != 0;
  return rc == SQLITE_OK ? attach_or_close(file, make_log_file(base, *main, is_wal)) : rc;
}

int open_file(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags,
              int* out_flags) noexcept {
  file->pMethods = nullptr;
  if ((flags & SQLITE_OPEN_MAIN_DB) != 0) {
    return open_main(vfs, name, *file, flags, out_flags);
  }
  if ((flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL)) != 0) {
    return open_log(vfs, name, *file, flags, out_flags);
  }
  // Temporary files, statement journals and super-journals hold nothing that outlives a
  // transaction.
  return base_of(vfs).xOpen(&base_of(vfs), name, file, flags, out_flags);
}

int delete_file(sqlite3_vfs* vfs, const char* name, int sync_directory) noexcept {
  return base_of(vfs).xDelete(&base_of(vfs), name, sync_directory);
}

int access_file(sqlite3_vfs* vfs, const char* name, int flags, int* answer) noexcept {
  return base_of(vfs).xAccess(&base_of(vfs), name, flags, answer);
}

int full_pathname(sqlite3_vfs* vfs, const char* name, int size, char* target) noexcept {
  return base_of(vfs).xFullPathname(&base_of(vfs), name, size, target);
}

int randomness(sqlite3_vfs* vfs, int size, char* target) noexcept {
  return base_of(vfs).xRandomness(&base_of(vfs), size, target);
}

int sleep_for(sqlite3_vfs* vfs, int microseconds) noexcept {
  return base_of(vfs).xSleep(&base_of(vfs), microseconds);
}

int current_time(sqlite3_vfs* vfs, double* julian_day) noexcept {
  return base_of(vfs).xCurrentTime(&base_of(vfs), julian_day);
}

int current_time_ms(sqlite3_vfs* vfs, sqlite3_int64* milliseconds) noexcept {
  return base_of(vfs).xCurrentTimeInt64(&base_of(vfs), milliseconds);
}

int last_error(sqlite3_vfs* vfs, int size, char* target) noexcept {
  return base_of(vfs).xGetLastError(&base_of(vfs), size, target);
}

struct SealVfs {
  explicit SealVfs(const char* vfs_name, sqlite3_vfs& base) : name(vfs_name) {
    vfs.iVersion = base.iVersion >= 2 ? 2 : 1;
    vfs.szOsFile = seal_handle_bytes(base.szOsFile);
    vfs.mxPathname = base.mxPathname;
    vfs.zName = name.c_str();
    vfs.pAppData = &base;
    vfs.xOpen = open_file;
    vfs.xDelete = delete_file;
    vfs.xAccess = access_file;
    vfs.xFullPathname = full_pathname;
    vfs.xRandomness = randomness;
    vfs.xSleep = sleep_for;
    vfs.xCurrentTime = current_time;
    vfs.xGetLastError = last_error;
    vfs.xCurrentTimeInt64 = vfs.iVersion >= 2 ? current_time_ms : nullptr;
  }

  std::string name;
  sqlite3_vfs vfs{};
};

// SQLite keeps registered VFSes for the life of the process, and so does this: it is never
// destroyed, as connections may still be open when static objects go.
struct SealVfsRegistry {
  Mutex mutex;
  std::list<SealVfs> entries FHIRBIN_GUARDED_BY(mutex);
};

SealVfsRegistry& registry() {
  static auto* const instance = new SealVfsRegistry;
  return *instance;
}

Result<void> set_page_size(sqlite3* database, std::uint32_t sqlite_page_bytes) {
  // A pragma takes no bound values; this one is a number of our own.
  const std::string pragma = "PRAGMA page_size=" + std::to_string(sqlite_page_bytes);
  if (sqlite3_exec(database, pragma.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    return fail(ErrorCode::kIo, "a database refused the SQLite page size of its seals");
  }
  return {};
}

// The answer of a pragma that is a single number.
Result<std::int64_t> read_number(sqlite3* database, const char* pragma) {
  sqlite3_stmt* statement = nullptr;
  std::optional<std::int64_t> value;
  if (sqlite3_prepare_v2(database, pragma, -1, &statement, nullptr) == SQLITE_OK &&
      sqlite3_step(statement) == SQLITE_ROW) {
    value = sqlite3_column_int64(statement, 0);
  }
  (void)sqlite3_finalize(statement);  // repeats the error of the step
  if (!value) {
    return fail(ErrorCode::kIo, std::string(pragma) + " of a new database could not be read");
  }
  return *value;
}

}  // namespace

Result<void> register_seal_vfs(const char* base_vfs) {
  return register_seal_vfs_as(kSealVfsName, base_vfs);
}

Result<void> register_seal_vfs_as(const char* name, const char* base_vfs) {
  sqlite3_vfs* const base = sqlite3_vfs_find(base_vfs);
  if (base == nullptr) {
    return fail(ErrorCode::kIo, "the VFS below the seals does not exist");
  }
  SealVfsRegistry& all = registry();
  const MutexLock lock(all.mutex);
  for (const SealVfs& entry : all.entries) {
    if (entry.name == name) {
      if (entry.vfs.pAppData != base) {
        return fail(ErrorCode::kIo, "the seal VFS is registered over another VFS already");
      }
      return {};
    }
  }
  SealVfs& entry = all.entries.emplace_back(name, *base);
  if (sqlite3_vfs_register(&entry.vfs, 0) != SQLITE_OK) {
    all.entries.pop_back();
    return fail(ErrorCode::kIo, "the seal VFS could not be registered");
  }
  return {};
}

Result<void> prepare_sealed_database(sqlite3* database, std::uint32_t sqlite_page_bytes) {
  FHIRBIN_TRY(set_page_size(database, sqlite_page_bytes));
  int reserve_bytes = kSealReservedBytes;
  if (sqlite3_file_control(database, "main", SQLITE_FCNTL_RESERVE_BYTES, &reserve_bytes) !=
      SQLITE_OK) {
    return fail(ErrorCode::kIo, "a database could not reserve the bytes of its seals");
  }
  // Neither setting reports that it came too late, for a database that already has pages.
  FHIRBIN_TRY_ASSIGN(const std::int64_t pages, read_number(database, "PRAGMA page_count"));
  FHIRBIN_TRY_ASSIGN(const std::int64_t page_bytes, read_number(database, "PRAGMA page_size"));
  if (pages != 0 || page_bytes != sqlite_page_bytes) {
    return fail(ErrorCode::kIo, "only an empty database can be prepared for seals");
  }
  return {};
}

std::optional<StoreId> sealed_store_id(sqlite3* database) {
  std::optional<StoreId> id;
  (void)sqlite3_file_control(database, "main", kControlStoreId, &id);  // stays empty if unknown
  return id;
}

void keep_wal_reserve(sqlite3* database) {
  sqlite3_file* wal = nullptr;
  const int rc = sqlite3_file_control(database, "main", SQLITE_FCNTL_JOURNAL_POINTER,
                                      static_cast<void*>(&wal));
  if (rc == SQLITE_OK && wal != nullptr && wal->pMethods != nullptr) {
    (void)wal->pMethods->xFileControl(wal, kControlKeepWalReserve, nullptr);  // as far as it goes
  }
}

void release_wal_reserve(sqlite3* database) {
  // Only the seal VFS knows this request, and only it keeps a reserve.
  (void)sqlite3_file_control(database, "main", kControlReleaseWalReserve, nullptr);
}

void keep_wal_blocks(sqlite3* database, std::uint64_t limit_bytes) {
  (void)sqlite3_file_control(database, "main", kControlKeepWalBlocks, &limit_bytes);  // as above
}

void forget_overflow_chain(sqlite3* database) {
  (void)sqlite3_file_control(database, "main", kControlForgetChain, nullptr);  // as above
}

bool read_overflow_chain(sqlite3* database, MutableByteSpan rest) {
  return sqlite3_file_control(database, "main", kControlReadChain, &rest) == SQLITE_OK;
}

}  // namespace fhirbin::storage
