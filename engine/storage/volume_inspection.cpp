#include "engine/storage/volume_inspection.h"

#include <algorithm>

#include "engine/storage/volume_schema.h"
#include "engine/storage/volume_sql.h"
#include "engine/util/try.h"

namespace fhirbin::storage {

Result<VolumeContents> count_volume_contents(Connection& connection) {
  FHIRBIN_TRY_ASSIGN(Statement query, connection.prepare(volume_sql::kCountPages));
  FHIRBIN_TRY_ASSIGN(const bool found, query.step());
  if (!found) {
    return fail(ErrorCode::kCorrupt, "could not count the pages of a volume");
  }
  return VolumeContents{.pages = query.column_u64(0), .stored_bytes = query.column_u64(1)};
}

Result<std::string> find_volume_damage(Connection& connection, bool listed_as_sealed) {
  FHIRBIN_TRY_ASSIGN(const std::int64_t application_id,
                     connection.query_number(volume_sql::kSelectApplicationId));
  if (application_id != kVolumeApplicationId) {
    return std::string("the file is no volume");
  }
  FHIRBIN_TRY_ASSIGN(const std::int64_t state,
                     connection.query_number(volume_sql::kSelectVolumeState));
  if (listed_as_sealed && state != kVolumeSealed) {
    return std::string("the volume is listed as sealed but its file is not");
  }
  FHIRBIN_TRY_ASSIGN(Statement query, connection.prepare(volume_sql::kCheckIntegrity));
  std::string findings;
  while (true) {
    FHIRBIN_TRY_ASSIGN(const bool found, query.step());
    if (!found) {
      return findings;
    }
    std::string finding(query.column_text(0));
    if (finding != "ok") {
      std::ranges::replace(finding, '\n', ' ');
      findings += (findings.empty() ? "" : "; ") + finding;
    }
  }
}

}  // namespace fhirbin::storage
