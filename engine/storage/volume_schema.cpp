#include "engine/storage/volume_schema.h"

#include <string_view>

#include "engine/storage/seal_vfs.h"
#include "engine/storage/volume_context.h"
#include "engine/storage/volume_sql.h"
#include "engine/util/try.h"

namespace fhirbin::storage {
namespace {

// Switches the journal mode; SQLite answers with the mode in force and may decline without an
// error.
Result<void> set_journal_mode(Connection& connection, const char* pragma, std::string_view want) {
  FHIRBIN_TRY_ASSIGN(Statement query, connection.prepare(pragma));
  FHIRBIN_TRY_ASSIGN(const bool found, query.step());
  if (!found || query.column_text(0) != want) {
    return fail(ErrorCode::kIo, "could not switch the journal mode of a volume");
  }
  return {};
}

}  // namespace

Result<void> create_volume_schema(Connection& connection, std::uint32_t sqlite_page_bytes) {
  FHIRBIN_TRY(prepare_sealed_database(connection.handle(), sqlite_page_bytes));
  FHIRBIN_TRY(keep_volume_journal(connection));
  // One transaction for everything, so that no half-made volume is ever seen. Not one that writes
  // from its beginning: the pointer map can be asked for only before the first page is there.
  FHIRBIN_TRY_ASSIGN(Transaction transaction,
                     Transaction::begin(connection, Transaction::Kind::kRead));
  FHIRBIN_TRY(connection.execute(volume_sql::kKeepPointerMap));
  FHIRBIN_TRY(connection.execute(volume_sql::kMarkAsVolume));
  FHIRBIN_TRY(connection.execute(volume_sql::kCreatePageTable));
  return transaction.commit();
}

Result<bool> is_marked_sealed(Connection& connection, std::uint32_t number) {
  FHIRBIN_TRY_ASSIGN(const std::int64_t application_id,
                     connection.query_number(volume_sql::kSelectApplicationId));
  FHIRBIN_TRY_ASSIGN(const std::int64_t state,
                     connection.query_number(volume_sql::kSelectVolumeState));
  if (application_id != kVolumeApplicationId ||
      (state != kVolumeFilling && state != kVolumeSealed)) {
    return fail(ErrorCode::kCorrupt, "the file of " + volume_name(number) + " is no volume");
  }
  return state == kVolumeSealed;
}

Result<void> keep_volume_journal(Connection& connection) {
  return set_journal_mode(connection, volume_sql::kPersistJournal, "persist");
}

Result<void> remove_volume_journal(Connection& connection) {
  return set_journal_mode(connection, volume_sql::kRemoveJournal, "delete");
}

}  // namespace fhirbin::storage
