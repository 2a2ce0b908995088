#include "engine/store/purge.h"

#include "engine/fhir/resource_id.h"
#include "engine/storage/change_table.h"
#include "engine/storage/sql.h"
#include "engine/storage/version_table.h"
#include "engine/store/catalog_sweep.h"
#include "engine/store/retire.h"
#include "engine/util/try.h"

namespace fhirbin::store {
namespace {

using storage::Connection;
using storage::Statement;
using storage::VersionTable;

// Versions retired per transaction, so that a long history does not hold up other writers.
constexpr std::uint64_t kVersionsPerTransaction = 64;

// The newest version number that goes: the newest `keep` stay. nullopt when all stay.
Result<std::optional<std::uint64_t>> newest_to_go(Connection& connection, std::uint64_t binary_key,
                                                  std::uint64_t keep) {
  FHIRBIN_TRY_ASSIGN(Statement select, connection.prepare(storage::sql::kSelectNumberBeyond));
  FHIRBIN_TRY_ASSIGN(const bool found, select.bind(1, binary_key).bind(2, keep).step());
  return found ? std::optional(select.column_u64(0)) : std::optional<std::uint64_t>();
}

Result<std::vector<std::uint64_t>> oldest_up_to(Connection& connection, std::uint64_t binary_key,
                                                std::uint64_t number) {
  FHIRBIN_TRY_ASSIGN(Statement select, connection.prepare(storage::sql::kSelectKeptUpTo));
  select.bind(1, binary_key).bind(2, number).bind(3, kVersionsPerTransaction);
  std::vector<std::uint64_t> sequences;
  while (true) {
    FHIRBIN_TRY_ASSIGN(const bool found, select.step());
    if (!found) {
      return sequences;
    }
    sequences.push_back(select.column_u64(0));
  }
}

// Retires some versions, the oldest first, so that what is left is always one gapless run up to the
// head; the books note one change.
Result<PurgeReport> retire_some(StoreContext& store, Connection& connection, std::string_view id,
                                std::uint64_t keep) {
  PurgeReport report;
  VersionTable versions(connection, store.settings());
  FHIRBIN_TRY_ASSIGN(const auto binary, versions.find_binary(id));
  if (!binary) {
    return fail(ErrorCode::kNotFound, "there is no Binary with this id");
  }
  FHIRBIN_TRY_ASSIGN(const auto newest, newest_to_go(connection, binary->key, keep));
  if (!newest) {
    return report;
  }
  FHIRBIN_TRY_ASSIGN(const auto going, oldest_up_to(connection, binary->key, *newest));
  const std::int64_t now = store.environment().clock->now().time_since_epoch().count();
  FHIRBIN_TRY_ASSIGN(const std::uint64_t sequence,
                     storage::ChangeTable(connection)
                         .append(ChangeAction::kPurge, binary->key, binary->head_number, now));
  for (const std::uint64_t going_sequence : going) {
    FHIRBIN_TRY_ASSIGN(Statement select,
                       connection.prepare(storage::sql::kSelectVersionAtSequence));
    select.bind(1, going_sequence);
    FHIRBIN_TRY_ASSIGN(const auto record, versions.first_of(select));
    if (!record) {
      return fail(ErrorCode::kCorrupt, "a version vanished while it was purged");
    }
    FHIRBIN_TRY(retire_version(connection, store.settings(), *record, sequence, report));
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
      FHIRBIN_TRY_ASSIGN(some, retire_some(store, connection, id, keep));
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
