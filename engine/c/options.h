#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "engine/c/call.h"
#include "fhirbin/export.h"
#include "fhirbin/options.h"
#include "fhirbin/queries.h"
#include "fhirbin/store.h"

namespace fhirbin::c {

// The options of the C interface as those of the C++ one. Null gives the defaults.
// Errors: kInvalidArgument for what take() refuses and for numbers that no field can have.
Result<CreateOptions> make_create_options(const fhirbin_create_options* given);
Result<OpenOptions> make_open_options(const fhirbin_open_options* given);
Result<HistoryQuery> make_history_query(const fhirbin_history_query* given);
Result<ListQuery> make_list_query(const fhirbin_list_query* given);
Result<InlinePolicy> make_inline_policy(const fhirbin_inline_policy* given);
Result<JsonOptions> make_json_options(const fhirbin_json_options* given);
Result<ExportOptions> make_export_options(const fhirbin_export_options* given);

// What one write is told.
struct WriteRequest {
  std::optional<std::string> id;
  ContentInfo content;
  WriteOptions options;
};
Result<WriteRequest> make_write_request(const fhirbin_write_options* given);

// 0 stands for "none" where versions are numbered from 1.
std::optional<std::uint64_t> optional_version(std::uint64_t version) noexcept;

}  // namespace fhirbin::c
