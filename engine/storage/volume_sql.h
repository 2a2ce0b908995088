#pragma once

// The statements that volumes need. Each constant lives as long as the program, as kept statements
// need.

namespace fhirbin::storage::volume_sql {

// -> nothing; rows are never updated and never deleted. row_layout.cpp tells where the bytes of a
// row lie, and so depends on these columns
inline constexpr const char* kCreatePageTable =
    "CREATE TABLE page(id INTEGER PRIMARY KEY AUTOINCREMENT, data BLOB NOT NULL) STRICT";

// -> nothing; only for an empty database. SQLite keeps a pointer map then, which tells where the
// bytes of a row go on without reading them; nothing is ever vacuumed
inline constexpr const char* kKeepPointerMap = "PRAGMA auto_vacuum=INCREMENTAL";

// -> nothing; the number of kVolumeApplicationId
inline constexpr const char* kMarkAsVolume = "PRAGMA application_id=0x66686276";

// -> 0 application id
inline constexpr const char* kSelectApplicationId = "PRAGMA application_id";

// -> 0 kVolumeFilling or kVolumeSealed
inline constexpr const char* kSelectVolumeState = "PRAGMA user_version";

// -> nothing; the number of kVolumeSealed
inline constexpr const char* kMarkAsSealed = "PRAGMA user_version=1";

// -> 0 SQLite pages in the file
inline constexpr const char* kSelectSqlitePageCount = "PRAGMA page_count";

// -> 0 the mode in force, as text
inline constexpr const char* kPersistJournal = "PRAGMA journal_mode=PERSIST";

// -> 0 the mode in force, as text; coming from PERSIST it removes the journal
inline constexpr const char* kRemoveJournal = "PRAGMA journal_mode=DELETE";

// -> nothing
inline constexpr const char* kBeginWrite = "BEGIN IMMEDIATE";

// -> nothing
inline constexpr const char* kCommit = "COMMIT";

// ?1 stored bytes -> nothing
inline constexpr const char* kInsertPage = "INSERT INTO page(data) VALUES(?1)";

// ?1 page id -> 0 stored bytes
inline constexpr const char* kSelectPage = "SELECT data FROM page WHERE id=?1";

// -> 0 pages, 1 their stored bytes in all
inline constexpr const char* kCountPages =
    "SELECT count(*), coalesce(sum(length(data)), 0) FROM page";

// -> 0 "ok", or one row for each finding
inline constexpr const char* kCheckIntegrity = "PRAGMA integrity_check(10)";

}  // namespace fhirbin::storage::volume_sql
