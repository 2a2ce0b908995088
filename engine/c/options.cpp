#include "engine/c/options.h"

namespace fhirbin::c {
namespace {

fhirbin_create_options default_create_options() noexcept {
  const CreateOptions defaults;
  return {.struct_size = sizeof(fhirbin_create_options),
          .fhir_version = static_cast<std::int32_t>(defaults.fhir_version),
          .keep_history = defaults.keep_history ? 1 : 0,
          .update_may_create = defaults.update_may_create ? 1 : 0,
          .inline_limit_bytes = defaults.inline_limit_bytes};
}

fhirbin_open_options default_open_options() noexcept {
  const OpenOptions defaults;
  return {.struct_size = sizeof(fhirbin_open_options),
          .read_only = defaults.read_only ? 1 : 0,
          .busy_timeout_ms = defaults.busy_timeout_ms,
          .max_ingest_bytes = defaults.max_ingest_bytes,
          .compression_level = defaults.compression_level,
          .worker_threads = defaults.worker_threads};
}

fhirbin_history_query default_history_query() noexcept {
  return {.struct_size = sizeof(fhirbin_history_query),
          .count = HistoryQuery{}.count,
          .reserved = 0,
          .since_ms = FHIRBIN_NO_INSTANT,
          .at_ms = FHIRBIN_NO_INSTANT,
          .page_token = nullptr};
}

fhirbin_list_query default_list_query() noexcept {
  return {.struct_size = sizeof(fhirbin_list_query),
          .count = ListQuery{}.count,
          .include_deleted = 0,
          .content_type = nullptr,
          .since_ms = FHIRBIN_NO_INSTANT,
          .min_size_bytes = 0,
          .page_token = nullptr};
}

fhirbin_write_options default_write_options() noexcept {
  fhirbin_write_options defaults{};
  defaults.struct_size = sizeof defaults;
  return defaults;
}

fhirbin_inline_policy default_inline_policy() noexcept {
  const InlinePolicy defaults;
  return {.struct_size = sizeof(fhirbin_inline_policy),
          .inline_limit_bytes = defaults.inline_limit_bytes,
          .measure = static_cast<std::int32_t>(defaults.measure),
          .reserved = 0};
}

fhirbin_json_options default_json_options() noexcept {
  return {
      .struct_size = sizeof(fhirbin_json_options), .view = nullptr, .summary = 0, .reserved = 0};
}

fhirbin_export_options default_export_options() noexcept {
  return {.struct_size = sizeof(fhirbin_export_options),
          .policy = nullptr,
          .since_ms = FHIRBIN_NO_INSTANT,
          .content_type = nullptr,
          .history = 0,
          .reserved = 0};
}

std::optional<Instant> optional_instant(std::int64_t ms) {
  if (ms == FHIRBIN_NO_INSTANT) {
    return std::nullopt;
  }
  return Instant(std::chrono::milliseconds(ms));
}

}  // namespace

std::optional<std::uint64_t> optional_version(std::uint64_t version) noexcept {
  return version == 0 ? std::nullopt : std::optional(version);
}

Result<CreateOptions> make_create_options(const fhirbin_create_options* given) {
  FHIRBIN_TRY_ASSIGN(const auto options, take(given, default_create_options()));
  if (options.fhir_version < static_cast<std::int32_t>(FhirVersion::kDstu2) ||
      options.fhir_version > static_cast<std::int32_t>(FhirVersion::kR5)) {
    return fail(ErrorCode::kInvalidArgument, "fhir_version is none that the engine knows");
  }
  return CreateOptions{.fhir_version = static_cast<FhirVersion>(options.fhir_version),
                       .keep_history = options.keep_history != 0,
                       .update_may_create = options.update_may_create != 0,
                       .inline_limit_bytes = options.inline_limit_bytes};
}

Result<OpenOptions> make_open_options(const fhirbin_open_options* given) {
  FHIRBIN_TRY_ASSIGN(const auto options, take(given, default_open_options()));
  return OpenOptions{.read_only = options.read_only != 0,
                     .busy_timeout_ms = options.busy_timeout_ms,
                     .max_ingest_bytes = options.max_ingest_bytes,
                     .compression_level = options.compression_level,
                     .worker_threads = options.worker_threads};
}

Result<HistoryQuery> make_history_query(const fhirbin_history_query* given) {
  FHIRBIN_TRY_ASSIGN(const auto query, take(given, default_history_query()));
  return HistoryQuery{.count = query.count,
                      .since = optional_instant(query.since_ms),
                      .at = optional_instant(query.at_ms),
                      .page_token = std::string(text_or_empty(query.page_token))};
}

Result<ListQuery> make_list_query(const fhirbin_list_query* given) {
  FHIRBIN_TRY_ASSIGN(const auto query, take(given, default_list_query()));
  return ListQuery{.count = query.count,
                   .content_type = std::string(text_or_empty(query.content_type)),
                   .since = optional_instant(query.since_ms),
                   .min_size_bytes = query.min_size_bytes,
                   .include_deleted = query.include_deleted != 0,
                   .page_token = std::string(text_or_empty(query.page_token))};
}

Result<InlinePolicy> make_inline_policy(const fhirbin_inline_policy* given) {
  FHIRBIN_TRY_ASSIGN(const auto policy, take(given, default_inline_policy()));
  if (policy.measure != 0 && policy.measure != 1) {
    return fail(ErrorCode::kInvalidArgument, "measure is neither 0 nor 1");
  }
  return InlinePolicy{.inline_limit_bytes = policy.inline_limit_bytes,
                      .measure = static_cast<InlinePolicy::Measure>(policy.measure)};
}

Result<JsonOptions> make_json_options(const fhirbin_json_options* given) {
  FHIRBIN_TRY_ASSIGN(const auto options, take(given, default_json_options()));
  JsonOptions result;
  result.summary = options.summary != 0;
  if (options.view != nullptr) {
    FHIRBIN_TRY_ASSIGN(result.view, make_inline_policy(options.view));
  }
  return result;
}

Result<ExportOptions> make_export_options(const fhirbin_export_options* given) {
  FHIRBIN_TRY_ASSIGN(const auto options, take(given, default_export_options()));
  ExportOptions result;
  FHIRBIN_TRY_ASSIGN(static_cast<InlinePolicy&>(result), make_inline_policy(options.policy));
  result.since = optional_instant(options.since_ms);
  result.history = options.history != 0;
  result.content_type = text_or_empty(options.content_type);
  return result;
}

Result<WriteRequest> make_write_request(const fhirbin_write_options* given) {
  FHIRBIN_TRY(require(given, "options"));
  FHIRBIN_TRY_ASSIGN(const auto options, take(given, default_write_options()));
  WriteRequest request;
  if (options.id != nullptr) {
    request.id = options.id;
  }
  request.content = {.content_type = std::string(text_or_empty(options.content_type)),
                     .security_context = std::string(text_or_empty(options.security_context))};
  request.options = {.if_match = optional_version(options.if_match),
                     .if_none_match = options.if_none_match != 0,
                     .skip_noop_update = options.skip_noop_update != 0,
                     .store_malformed_json_as_raw = options.store_malformed_json_as_raw != 0};
  return request;
}

}  // namespace fhirbin::c

void fhirbin_create_options_init(fhirbin_create_options* options, size_t struct_size) {
  fhirbin::c::give(fhirbin::c::default_create_options(), options, struct_size);
}

void fhirbin_open_options_init(fhirbin_open_options* options, size_t struct_size) {
  fhirbin::c::give(fhirbin::c::default_open_options(), options, struct_size);
}

void fhirbin_history_query_init(fhirbin_history_query* query, size_t struct_size) {
  fhirbin::c::give(fhirbin::c::default_history_query(), query, struct_size);
}

void fhirbin_list_query_init(fhirbin_list_query* query, size_t struct_size) {
  fhirbin::c::give(fhirbin::c::default_list_query(), query, struct_size);
}

void fhirbin_write_options_init(fhirbin_write_options* options, size_t struct_size) {
  fhirbin::c::give(fhirbin::c::default_write_options(), options, struct_size);
}

void fhirbin_inline_policy_init(fhirbin_inline_policy* policy, size_t struct_size) {
  fhirbin::c::give(fhirbin::c::default_inline_policy(), policy, struct_size);
}

void fhirbin_json_options_init(fhirbin_json_options* options, size_t struct_size) {
  fhirbin::c::give(fhirbin::c::default_json_options(), options, struct_size);
}

void fhirbin_export_options_init(fhirbin_export_options* options, size_t struct_size) {
  fhirbin::c::give(fhirbin::c::default_export_options(), options, struct_size);
}
