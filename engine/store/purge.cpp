#include "engine/store/purge.h"

#include "engine/fhir/resource_id.h"
#include "engine/storage/binary_table.h"
#include "engine/storage/change_table.h"
#include "engine/storage/version_table.h"
#include "engine/store/catalog_sweep.h"
#include "engine/store/hide.h"
#include "engine/util/try.h"

namespace fhirbin::store {
namespace {

using storage::Connection;
using storage::VersionTable;

// Versions hidden per transaction, so that a long history does not hold up other writers.
constexpr std::uint32_t kVersionsPerTransaction = 64;

// Hides some versions, the oldest first, so that what is left is always one gapless run up to the
// head; one change tells of it.
Result<PurgeReport> hide_some(StoreContext& store, Connection& connection, std::string_view id,
                              std::uint64_t keep) {
  PurgeReport report;
  FHIRBIN_TRY_ASSIGN(const auto binary, storage::BinaryTable(connection).find(id));
  if (!binary) {
    return fail(ErrorCode::kNotFound, "there is no Binary with this id");
  }
  VersionTable versions(connection, store.settings());
  FHIRBIN_TRY_ASSIGN(const auto newest, versions.number_beyond(binary->key, keep));
  if (!newest) {
    return report;
  }
  FHIRBIN_TRY_ASSIGN(const auto going,
                     versions.kept_up_to(binary->key, *newest, kVersionsPerTransaction));
  const std::int64_t now = store.environment().clock->now().time_since_epoch().count();
  FHIRBIN_TRY_ASSIGN(
      const std::uint64_t sequence,
      storage::ChangeTable(connection).append_purge(binary->id, binary->head_number, now));
  for (const std::uint64_t going_sequence : going) {
    FHIRBIN_TRY_ASSIGN(const auto record, versions.find_at(going_sequence));
    if (!record || record->id != binary->id) {
      return fail(ErrorCode::kCorrupt, "a version of a Binary is missing or another's");
    }
    FHIRBIN_TRY(hide_version(connection, store.settings(), *record, sequence, report));
  }
  return report;
}

}  // namespace

Result<PurgeReport> purge_history(StoreContext& store, std::string_view id, std::uint64_t keep) {
  FHIRBIN_TRY(fhir::check_resource_id(id));
  if (keep == 0 || keep > INT32_MAX) {
    return fail(ErrorCode::kInvalidArgument, "a purge keeps at least the newest version");
  }
  PurgeReport total;
  while (true) {
    PurgeReport some;
    FHIRBIN_TRY(store.catalog().write([&](Connection& connection) -> Result<void> {
      FHIRBIN_TRY_ASSIGN(some, hide_some(store, connection, id, keep));
      return {};
    }));
    if (some.versions_purged == 0) {
      break;
    }
    total.versions_purged += some.versions_purged;
    total.chunks_freed += some.chunks_freed;
    total.bytes_freed += some.bytes_freed;
  }
  if (total.versions_purged != 0) {
    FHIRBIN_TRY(sweep_catalog(store, {}));
  }
  return total;
}

}  // namespace fhirbin::store
