#include "engine/store/json_view.h"

#include "engine/util/try.h"

namespace fhirbin::store {
namespace {

using fhir::PayloadForm;

fhir::ResourceFields fields_of(const storage::VersionRecord& record) {
  return {.id = record.id,
          .version = record.number,
          .last_updated = Instant(std::chrono::milliseconds(record.last_updated_ms)),
          .content_type = record.content_type,
          .security_context = record.security_context,
          .elements = record.elements};
}

// Whether a view leaves the data out: strictly more than the limit, by the measure asked for.
bool leaves_out(const InlinePolicy& policy, const fhir::ResourceFrame& inline_frame,
                std::uint64_t content_bytes) {
  const std::uint64_t size = policy.measure == InlinePolicy::Measure::kPayload
                                 ? content_bytes
                                 : fhir::serialized_size(inline_frame, content_bytes);
  return size > policy.inline_limit_bytes;
}

}  // namespace

Result<JsonView> make_json_view(FhirVersion version, const storage::VersionRecord& record,
                                bool summary, const std::optional<InlinePolicy>& policy) {
  JsonView view;
  view.form = PayloadForm::kInline;
  if (record.size_bytes == 0) {
    view.form = PayloadForm::kNone;
  } else if (summary) {
    view.form = PayloadForm::kSummary;
  }
  FHIRBIN_TRY_ASSIGN(view.frame, fhir::make_resource_frame(fields_of(record), version, view.form));
  if (view.form == PayloadForm::kInline && policy &&
      leaves_out(*policy, view.frame, record.size_bytes)) {
    view.form = PayloadForm::kAbsent;
    FHIRBIN_TRY_ASSIGN(view.frame,
                       fhir::make_resource_frame(fields_of(record), version, view.form));
  }
  return view;
}

}  // namespace fhirbin::store
