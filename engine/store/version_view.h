#pragma once

#include <string_view>

#include "engine/storage/version_record.h"
#include "engine/store/store_context.h"
#include "fhirbin/version_info.h"

namespace fhirbin::store {

// A record as callers see it. Errors: kCorrupt when its securityContext is not what the engine
// wrote.
Result<VersionInfo> to_version_info(const storage::VersionRecord& record);

// The record of the head of `id`, or of one version of it. Errors: kNotFound, kInvalidArgument,
// kCorrupt.
Result<storage::VersionRecord> find_record(StoreContext& store, std::string_view id,
                                           std::optional<std::uint64_t> version);

// As above, for reading its content. Errors: also kGone for a deletion.
Result<storage::VersionRecord> find_content_record(StoreContext& store, std::string_view id,
                                                   std::optional<std::uint64_t> version);

// The same in a transaction that the caller goes on with; `id` was checked before.
Result<storage::VersionRecord> find_content_record_within(storage::Connection& connection,
                                                          const storage::Settings& settings,
                                                          std::string_view id,
                                                          std::optional<std::uint64_t> version);

}  // namespace fhirbin::store
