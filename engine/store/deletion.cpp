#include "engine/store/deletion.h"

#include <utility>

#include "engine/fhir/resource_id.h"
#include "engine/storage/binary_table.h"
#include "engine/storage/change_table.h"
#include "engine/storage/version_table.h"
#include "engine/store/next_version.h"
#include "engine/store/version_view.h"
#include "engine/util/try.h"

namespace fhirbin::store {

using storage::Connection;
using storage::VersionRecord;

Result<std::optional<VersionInfo>> publish_deletion(StoreContext& store, std::string_view id,
                                                    const RemoveOptions& options) {
  FHIRBIN_TRY(fhir::check_resource_id(id));
  std::optional<VersionRecord> former;
  VersionRecord record;
  const auto nothing_there = [&] { return !former || former->action == ChangeAction::kDelete; };
  const auto check = [&](Connection& connection) -> Result<void> {
    former.reset();
    FHIRBIN_TRY_ASSIGN(const auto binary, storage::BinaryTable(connection).find(id));
    if (binary) {
      FHIRBIN_TRY_ASSIGN(former,
                         storage::VersionTable(connection, store.settings()).head_of(*binary));
    }
    if (nothing_there()) {
      return options.if_exists
                 ? Result<void>(fail(ErrorCode::kVersionConflict, "the Binary does not exist"))
                 : Result<void>();
    }
    return check_if_match(options.if_match, former);
  };
  const auto apply = [&](Connection& connection) -> Result<void> {
    if (nothing_there()) {
      return {};
    }
    record = {};
    record.id = former->id;
    record.binary_key = former->binary_key;
    record.number = former->number + 1;
    record.action = ChangeAction::kDelete;
    record.last_updated_ms = next_instant(store, former);
    record.elements = "{}";
    FHIRBIN_TRY_ASSIGN(record.sequence, storage::ChangeTable(connection).next_sequence());
    return insert_as_head(store, connection, record, former);
  };
  FHIRBIN_TRY(store.catalog().write({.check = check, .apply = apply}));
  if (nothing_there()) {
    return std::optional<VersionInfo>();
  }
  FHIRBIN_TRY_ASSIGN(VersionInfo info, to_version_info(record));
  return std::optional<VersionInfo>(std::move(info));
}

}  // namespace fhirbin::store
