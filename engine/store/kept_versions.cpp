#include "engine/store/kept_versions.h"

#include <utility>

#include "engine/storage/sql.h"
#include "engine/util/try.h"

namespace fhirbin::store {

using storage::Statement;

Result<std::vector<std::uint64_t>> kept_after(storage::Connection& connection,
                                              std::uint64_t after) {
  constexpr std::uint64_t kRowsPerLook = 256;
  FHIRBIN_TRY_ASSIGN(Statement select, connection.prepare(storage::sql::kSelectKeptAfter));
  select.bind(1, after).bind(2, kRowsPerLook);
  std::vector<std::uint64_t> sequences;
  while (true) {
    FHIRBIN_TRY_ASSIGN(const bool found, select.step());
    if (!found) {
      return sequences;
    }
    sequences.push_back(select.column_u64(0));
  }
}

Result<storage::VersionRecord> record_at(storage::Connection& connection,
                                         const storage::Settings& settings,
                                         std::uint64_t sequence) {
  FHIRBIN_TRY_ASSIGN(Statement select, connection.prepare(storage::sql::kSelectVersionAtSequence));
  select.bind(1, sequence);
  FHIRBIN_TRY_ASSIGN(auto record, storage::VersionTable(connection, settings).first_of(select));
  if (!record) {
    return fail(ErrorCode::kGone, "the version was purged");
  }
  return *std::move(record);
}

}  // namespace fhirbin::store
