#include "engine/store/next_version.h"

#include <algorithm>

#include "engine/storage/binary_table.h"
#include "engine/storage/version_table.h"
#include "engine/store/hide.h"
#include "engine/util/try.h"

namespace fhirbin::store {

using storage::Connection;
using storage::VersionRecord;

std::int64_t next_instant(StoreContext& store, const std::optional<VersionRecord>& former) {
  const std::int64_t now = store.environment().clock->now().time_since_epoch().count();
  return former ? std::max(now, former->last_updated_ms + 1) : now;
}

Result<void> check_if_match(const std::optional<std::uint64_t>& if_match,
                            const std::optional<VersionRecord>& former) {
  if (if_match && (!former || former->number != *if_match)) {
    return fail(ErrorCode::kVersionConflict,
                "the Binary's current version is not the one expected");
  }
  return {};
}

Result<void> insert_as_head(StoreContext& store, Connection& connection,
                            const VersionRecord& record,
                            const std::optional<VersionRecord>& former) {
  FHIRBIN_TRY(storage::VersionTable(connection, store.settings()).insert(record));
  storage::BinaryTable binaries(connection);
  const storage::BinaryRow binary{.key = record.binary_key,
                                  .id = record.id,
                                  .head_number = record.number,
                                  .head_sequence = record.sequence};
  FHIRBIN_TRY(former ? binaries.set_head(binary) : binaries.insert(binary));
  if (former && !store.settings().keep_history) {
    PurgeReport ignored;
    FHIRBIN_TRY(hide_version(connection, store.settings(), *former, record.sequence, ignored));
  }
  return {};
}

}  // namespace fhirbin::store
