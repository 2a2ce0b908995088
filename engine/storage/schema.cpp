#include "engine/storage/schema.h"

#include <array>

#include "engine/storage/sql.h"
#include "engine/util/try.h"

namespace fhirbin::storage {
namespace {

// FORMAT.md tells what each column means. Every table is STRICT, so a value of a wrong type is
// refused.
constexpr std::array kSchemaV1 = {
    "CREATE TABLE setting(name TEXT PRIMARY KEY NOT NULL, value BLOB NOT NULL) STRICT, WITHOUT "
    "ROWID",

    "CREATE TABLE binary(id TEXT PRIMARY KEY NOT NULL, key INTEGER NOT NULL, "
    "head_number INTEGER NOT NULL, head_sequence INTEGER NOT NULL) STRICT, WITHOUT ROWID",

    // What a query looks at before it wants the row, and what erasing keeps, comes first.
    "CREATE TABLE version(sequence INTEGER PRIMARY KEY, binary_key INTEGER NOT NULL, "
    "id TEXT NOT NULL, number INTEGER NOT NULL, last_updated INTEGER NOT NULL, "
    "action INTEGER NOT NULL, purged_sequence INTEGER, placement INTEGER NOT NULL, "
    "size INTEGER NOT NULL, stored INTEGER NOT NULL, chunk_count INTEGER NOT NULL, "
    "digest BLOB NOT NULL, map_hash BLOB NOT NULL, seal BLOB NOT NULL, "
    "content_type TEXT NOT NULL, security_context TEXT NOT NULL, elements TEXT NOT NULL) STRICT",

    "CREATE UNIQUE INDEX version_by_number ON version(binary_key, number) "
    "WHERE number > 1 AND placement <> 3",

    "CREATE INDEX version_purged ON version(purged_sequence) "
    "WHERE purged_sequence IS NOT NULL AND placement <> 3",

    "CREATE TABLE inline_content(sequence INTEGER PRIMARY KEY, codec INTEGER NOT NULL, "
    "data BLOB NOT NULL) STRICT",

    "CREATE TABLE chunk_map(sequence INTEGER NOT NULL, segment INTEGER NOT NULL, "
    "entries BLOB NOT NULL, PRIMARY KEY(sequence, segment)) STRICT, WITHOUT ROWID",

    "CREATE TABLE chunk(id INTEGER PRIMARY KEY AUTOINCREMENT, hash_head INTEGER NOT NULL, "
    "hash_tail INTEGER NOT NULL, raw_length INTEGER NOT NULL, stored_length INTEGER NOT NULL, "
    "codec INTEGER NOT NULL, reference_count INTEGER NOT NULL, freed_sequence INTEGER, "
    "volume INTEGER NOT NULL, page INTEGER NOT NULL, block_hashes BLOB) STRICT",

    "CREATE INDEX chunk_by_hash ON chunk(hash_head)",

    "CREATE UNIQUE INDEX chunk_by_place ON chunk(volume, page)",

    "CREATE INDEX chunk_freed ON chunk(freed_sequence) WHERE freed_sequence IS NOT NULL",

    "CREATE TABLE volume(number INTEGER PRIMARY KEY AUTOINCREMENT, identity BLOB NOT NULL, "
    "state INTEGER NOT NULL, pages INTEGER NOT NULL, stored INTEGER NOT NULL, "
    "sealed_sequence INTEGER NOT NULL) STRICT",

    "CREATE TABLE pin(key INTEGER PRIMARY KEY AUTOINCREMENT, owner INTEGER NOT NULL, "
    "sequence INTEGER NOT NULL) STRICT",

    "CREATE TABLE purge(sequence INTEGER PRIMARY KEY, id TEXT NOT NULL, number INTEGER NOT NULL, "
    "at INTEGER NOT NULL) STRICT",

    "CREATE TABLE tally(retired INTEGER NOT NULL) STRICT",
};

}  // namespace

Result<void> create_schema_v1(Connection& catalog) {
  for (const char* const statement : kSchemaV1) {
    FHIRBIN_TRY(catalog.execute(statement));
  }
  return catalog.execute(sql::kInsertTally);
}

Result<void> check_schema(Connection& catalog) {
  FHIRBIN_TRY_ASSIGN(Statement query, catalog.prepare(sql::kSelectSchema));
  std::size_t index = 0;
  while (true) {
    FHIRBIN_TRY_ASSIGN(const bool found, query.step());
    if (!found) {
      break;
    }
    if (index == kSchemaV1.size() || query.column_text(0) != kSchemaV1[index]) {
      return fail(ErrorCode::kIncompatibleFormat,
                  "the catalog's schema is not that of a fhirbin store");
    }
    ++index;
  }
  if (index != kSchemaV1.size()) {
    return fail(ErrorCode::kIncompatibleFormat, "the catalog's schema lacks a table");
  }
  return {};
}

}  // namespace fhirbin::storage
