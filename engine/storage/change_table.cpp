#include "engine/storage/change_table.h"

#include <limits>
#include <utility>

#include "engine/storage/cursor.h"
#include "engine/storage/sql.h"
#include "engine/util/try.h"

namespace fhirbin::storage {
namespace {

constexpr std::uint64_t kMaxSequence = std::numeric_limits<std::int64_t>::max();

Change read_row(const Statement& query) {
  return {.sequence = query.column_u64(0),
          .action = static_cast<ChangeAction>(query.column_u64(1)),
          .id = std::string(query.column_text(2)),
          .version = query.column_u64(3),
          .last_updated = Instant(std::chrono::milliseconds(query.column_i64(4)))};
}

}  // namespace

Result<std::uint64_t> ChangeTable::last_sequence() {
  FHIRBIN_TRY_ASSIGN(Statement query, catalog_->prepare(sql::kSelectLastSequence));
  FHIRBIN_TRY(query.step());
  return query.column_u64(0);
}

// Counted here: at the end of its numbers SQLite would draw one at random. No sequence comes again:
// the last is a purge's or a head's, and neither is ever erased.
Result<std::uint64_t> ChangeTable::next_sequence() {
  FHIRBIN_TRY_ASSIGN(const std::uint64_t last, last_sequence());
  if (last >= kMaxSequence) {
    return fail(ErrorCode::kCorrupt, "the last change has a sequence that none can follow");
  }
  return last + 1;
}

Result<std::uint64_t> ChangeTable::append_purge(std::string_view id, std::uint64_t number,
                                                std::int64_t at_ms) {
  FHIRBIN_TRY_ASSIGN(const std::uint64_t sequence, next_sequence());
  FHIRBIN_TRY_ASSIGN(Statement insert, catalog_->prepare(sql::kInsertPurge));
  FHIRBIN_TRY(insert.bind(1, sequence).bind(2, id).bind(3, number).bind(4, at_ms).run());
  FHIRBIN_TRY(tally_retired());
  return sequence;
}

Result<void> ChangeTable::tally_retired() {
  FHIRBIN_TRY_ASSIGN(Statement tally, catalog_->prepare(sql::kTallyRetired));
  FHIRBIN_TRY(tally.run());
  if (catalog_->changed_rows() != 1) {
    return fail(ErrorCode::kCorrupt, "the tally of retired sequences is not one row");
  }
  return {};
}

Result<std::vector<Change>> ChangeTable::after(std::uint64_t after, std::uint32_t limit) {
  FHIRBIN_TRY_ASSIGN(Statement oldest, catalog_->prepare(sql::kSelectOldestSequence));
  FHIRBIN_TRY(oldest.step());
  if (oldest.column_u64(0) > 1 && after < oldest.column_u64(0) - 1) {
    return fail(ErrorCode::kGone, "changes after this sequence are missing");
  }
  FHIRBIN_TRY_ASSIGN(Statement query, catalog_->prepare(sql::kSelectChanges));
  query.bind(1, after).bind(2, std::uint64_t{limit});
  return Cursor<Change>(std::move(query), read_row).collect();
}

}  // namespace fhirbin::storage
