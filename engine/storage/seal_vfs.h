#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "engine/storage/store_id.h"
#include "engine/util/bytes.h"
#include "fhirbin/error.h"

struct sqlite3;

namespace fhirbin::storage {

// The VFS that seals: every SQLite page written to a main database file carries, in 32 reserved
// bytes, the store id and an XXH3-128 over its other bytes and the store id, seeded with the page's
// and the file's number; every page read is checked. A wrong page is SQLITE_IOERR_DATA. See
// FORMAT.md, "Seals".
inline constexpr const char* kSealVfsName = "fhirbin-seal";
inline constexpr int kSealReservedBytes = 32;

// Registers the VFS over `base_vfs` (nullptr: the system's default) under kSealVfsName, once per
// process; later calls with the same base do nothing. Thread-safe. Errors: kIo.
Result<void> register_seal_vfs(const char* base_vfs = nullptr);

// As above, under another name over another base, for tests that inject faults below the seals.
Result<void> register_seal_vfs_as(const char* name, const char* base_vfs);

// What the VFS must know of a file that it opens, given as URI parameters (see seal_uri()).
struct SealParameters {
  std::optional<StoreId> store_id;      // nullopt: learn it from page 1, whose seal must then hold
  std::uint32_t file_number = 0;        // catalog 0, volumes by their number
  std::uint32_t sqlite_page_bytes = 0;  // 0: learn it from page 1
  std::uint64_t wal_reserve_bytes = 0;  // keep this much of the WAL allocated after each truncation
  bool immutable = false;               // sealed volumes: no locks, no journal, no change detection
};

// The URI under which to open `path` with sqlite3_open_v2(..., SQLITE_OPEN_URI, kSealVfsName).
// A main database opened through the VFS without these parameters is refused (SQLITE_CANTOPEN).
std::string seal_uri(const std::string& path, const SealParameters& parameters);

// Makes a newly opened, still empty database reserve the seal's bytes: page size, then reserve
// bytes. To be called before the first table and before journal_mode=WAL. Errors: kIo.
Result<void> prepare_sealed_database(sqlite3* database, std::uint32_t sqlite_page_bytes);

// The store id that the VFS learnt or was given for the main file of `database`; nullopt before
// page 1 was read.
std::optional<StoreId> sealed_store_id(sqlite3* database);

// Allocates wal_reserve_bytes for the WAL of `database` now, behind what it holds, as far as there
// is room. To be called when nobody writes, once the WAL was read.
void keep_wal_reserve(sqlite3* database);

// Lets the next truncation of the WAL of `database` empty it for good (the last closer's), instead
// of keeping wal_reserve_bytes allocated.
void release_wal_reserve(sqlite3* database);

// From now on a WAL of at most `limit_bytes` that is to be cut to nothing keeps its blocks, and
// only its header is cleared: to recovery it is just as empty, and what is written next need not
// make the file grow. 0 cuts again.
void keep_wal_blocks(sqlite3* database, std::uint64_t limit_bytes);

// To read the rest of a row past SQLite: forget what the main file of `database` was asked for
// last, let SQLite read the row up to the end of its first overflow page, then read the rest of its
// chain. Nothing else may be read through `database` in between. Every page is checked by its seal,
// but not that the chain is that of the row: compare a hash.
void forget_overflow_chain(sqlite3* database);
// False, and `rest` is undefined, when the file may change, when SQLite had all it read in its
// cache, and when something is wrong, which SQLite tells when it reads the rest itself.
bool read_overflow_chain(sqlite3* database, MutableByteSpan rest);

}  // namespace fhirbin::storage
