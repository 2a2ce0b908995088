#pragma once

#include <optional>

#include "engine/fhir/resource_writer.h"
#include "engine/storage/version_record.h"
#include "fhirbin/error.h"
#include "fhirbin/options.h"

namespace fhirbin::store {

// A version as FHIR JSON: decided and measured; a JsonStream gives its text.
struct JsonView {
  fhir::PayloadForm form = fhir::PayloadForm::kInline;
  fhir::ResourceFrame frame;
};

// Renders all but the payload. `policy` may leave the data out; `summary` leaves the payload member
// out.
Result<JsonView> make_json_view(FhirVersion version, const storage::VersionRecord& record,
                                bool summary, const std::optional<InlinePolicy>& policy);

}  // namespace fhirbin::store
