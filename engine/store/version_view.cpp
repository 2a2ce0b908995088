#include "engine/store/version_view.h"

#include "engine/fhir/elements.h"
#include "engine/fhir/resource_id.h"
#include "engine/storage/binary_table.h"
#include "engine/storage/version_table.h"
#include "engine/util/try.h"

namespace fhirbin::store {
namespace {

Result<storage::VersionRecord> find_record_within(storage::Connection& connection,
                                                  const storage::Settings& settings,
                                                  std::string_view id,
                                                  std::optional<std::uint64_t> version) {
  FHIRBIN_TRY_ASSIGN(const auto binary, storage::BinaryTable(connection).find(id));
  if (!binary) {
    return fail(ErrorCode::kNotFound, "there is no Binary with this id");
  }
  storage::VersionTable versions(connection, settings);
  if (!version) {
    return versions.head_of(*binary);
  }
  FHIRBIN_TRY_ASSIGN(auto record, versions.find(*binary, *version));
  if (!record) {
    return fail(ErrorCode::kNotFound, "the Binary has no such version");
  }
  return *std::move(record);
}

}  // namespace

Result<VersionInfo> to_version_info(const storage::VersionRecord& record) {
  FHIRBIN_TRY_ASSIGN(std::string reference, fhir::reference_of(record.security_context));
  return VersionInfo{.id = record.id,
                     .version = record.number,
                     .sequence = record.sequence,
                     .last_updated = Instant(std::chrono::milliseconds(record.last_updated_ms)),
                     .deleted = record.action == ChangeAction::kDelete,
                     .created = record.action == ChangeAction::kCreate,
                     .content_type = record.content_type,
                     .security_context = std::move(reference),
                     .size_bytes = record.size_bytes,
                     .digest = {record.digest.bytes}};
}

Result<storage::VersionRecord> find_record(StoreContext& store, std::string_view id,
                                           std::optional<std::uint64_t> version) {
  FHIRBIN_TRY(fhir::check_resource_id(id));
  return store.catalog().read([&](storage::Connection& connection) {
    return find_record_within(connection, store.settings(), id, version);
  });
}

Result<storage::VersionRecord> find_content_record(StoreContext& store, std::string_view id,
                                                   std::optional<std::uint64_t> version) {
  FHIRBIN_TRY(fhir::check_resource_id(id));
  return store.catalog().read([&](storage::Connection& connection) {
    return find_content_record_within(connection, store.settings(), id, version);
  });
}

Result<storage::VersionRecord> find_content_record_within(storage::Connection& connection,
                                                          const storage::Settings& settings,
                                                          std::string_view id,
                                                          std::optional<std::uint64_t> version) {
  FHIRBIN_TRY_ASSIGN(auto record, find_record_within(connection, settings, id, version));
  if (record.action == ChangeAction::kDelete) {
    return fail(ErrorCode::kGone,
                "the Binary was deleted in version " + std::to_string(record.number));
  }
  return record;
}

}  // namespace fhirbin::store
