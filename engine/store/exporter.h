#pragma once

#include "engine/store/store_context.h"
#include "fhirbin/export.h"
#include "fhirbin/progress.h"
#include "fhirbin/sink.h"

namespace fhirbin::store {

// See Store::export_ndjson().
Result<ExportReport> export_ndjson(StoreContext& store, Sink& sink, const ExportOptions& options,
                                   const CallControl& control);

}  // namespace fhirbin::store
