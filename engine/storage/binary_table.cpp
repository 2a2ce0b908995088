#include "engine/storage/binary_table.h"

#include "engine/storage/cursor.h"
#include "engine/storage/sql.h"
#include "engine/util/try.h"

namespace fhirbin::storage {
namespace {

// The columns of kSelectBinariesAfter.
BinaryRow read_row(const Statement& query) {
  return {.key = query.column_u64(0),
          .id = std::string(query.column_text(1)),
          .head_number = query.column_u64(2),
          .head_sequence = query.column_u64(3)};
}

}  // namespace

Result<std::optional<BinaryRow>> BinaryTable::find(std::string_view id) {
  FHIRBIN_TRY_ASSIGN(Statement query, catalog_->prepare(sql::kSelectBinary));
  FHIRBIN_TRY_ASSIGN(const bool found, query.bind(1, id).step());
  if (!found) {
    return std::optional<BinaryRow>();
  }
  return BinaryRow{.key = query.column_u64(0),
                   .id = std::string(id),
                   .head_number = query.column_u64(1),
                   .head_sequence = query.column_u64(2)};
}

Result<std::uint64_t> BinaryTable::insert(std::string_view id) {
  FHIRBIN_TRY_ASSIGN(Statement insert, catalog_->prepare(sql::kInsertBinary));
  FHIRBIN_TRY(insert.bind(1, id).run());
  return catalog_->last_insert_rowid();
}

Result<void> BinaryTable::set_head(std::uint64_t key, std::uint64_t number,
                                   std::uint64_t sequence) {
  FHIRBIN_TRY_ASSIGN(Statement update, catalog_->prepare(sql::kUpdateHead));
  return update.bind(1, key).bind(2, number).bind(3, sequence).run();
}

Result<std::vector<BinaryRow>> BinaryTable::after(std::string_view after, std::uint32_t limit) {
  FHIRBIN_TRY_ASSIGN(Statement query, catalog_->prepare(sql::kSelectBinariesAfter));
  query.bind(1, after).bind(2, std::uint64_t{limit});
  return Cursor<BinaryRow>(std::move(query), read_row).collect();
}

}  // namespace fhirbin::storage
