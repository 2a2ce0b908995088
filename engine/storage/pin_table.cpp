#include "engine/storage/pin_table.h"

#include <utility>

#include "engine/storage/cursor.h"
#include "engine/storage/sql.h"
#include "engine/util/try.h"

namespace fhirbin::storage {
namespace {

PinRow read_row(const Statement& query) {
  return {.key = query.column_u64(0),
          .owner = static_cast<std::uint32_t>(query.column_u64(1)),
          .sequence = query.column_u64(2)};
}

}  // namespace

Result<std::uint64_t> PinTable::insert(std::uint32_t owner) {
  FHIRBIN_TRY_ASSIGN(Statement insert, catalog_->prepare(sql::kInsertPin));
  FHIRBIN_TRY(insert.bind(1, std::uint64_t{owner}).run());
  return catalog_->last_insert_rowid();
}

Result<void> PinTable::erase(std::uint64_t key) {
  FHIRBIN_TRY_ASSIGN(Statement erase, catalog_->prepare(sql::kDeletePin));
  return erase.bind(1, key).run();
}

Result<void> PinTable::erase_of_owner(std::uint32_t owner) {
  FHIRBIN_TRY_ASSIGN(Statement erase, catalog_->prepare(sql::kDeletePinsOfOwner));
  return erase.bind(1, std::uint64_t{owner}).run();
}

Result<std::uint64_t> PinTable::count_of_owner(std::uint32_t owner) {
  FHIRBIN_TRY_ASSIGN(Statement query, catalog_->prepare(sql::kCountPinsOfOwner));
  FHIRBIN_TRY(query.bind(1, std::uint64_t{owner}).step());
  return query.column_u64(0);
}

Result<std::vector<PinRow>> PinTable::all() {
  FHIRBIN_TRY_ASSIGN(Statement query, catalog_->prepare(sql::kSelectPins));
  return Cursor<PinRow>(std::move(query), read_row).collect();
}

}  // namespace fhirbin::storage
