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

Result<void> BinaryTable::insert(const BinaryRow& row) { return run(sql::kInsertBinary, row); }

Result<void> BinaryTable::set_head(const BinaryRow& row) {
  FHIRBIN_TRY(run(sql::kUpdateHead, row));
  if (catalog_->changed_rows() != 1) {
    return fail(ErrorCode::kCorrupt, "the row of a Binary is missing or another's");
  }
  return {};
}

// Both statements take the whole row.
Result<void> BinaryTable::run(const char* statement, const BinaryRow& row) {
  FHIRBIN_TRY_ASSIGN(Statement write, catalog_->prepare(statement));
  write.bind(1, row.id).bind(2, row.key).bind(3, row.head_number).bind(4, row.head_sequence);
  return write.run();
}

Result<std::vector<BinaryRow>> BinaryTable::after(std::string_view after, std::uint32_t limit) {
  FHIRBIN_TRY_ASSIGN(Statement query, catalog_->prepare(sql::kSelectBinariesAfter));
  query.bind(1, after).bind(2, std::uint64_t{limit});
  return Cursor<BinaryRow>(std::move(query), read_row).collect();
}

}  // namespace fhirbin::storage
