#include "engine/c/call.h"
#include "engine/c/handles.h"
#include "engine/c/options.h"
#include "engine/c/streams.h"
#include "fhirbin/c.h"

using namespace fhirbin;  // the whole file speaks of both interfaces

fhirbin_status fhirbin_write_fhir_json(fhirbin_store* store, const char* id, uint64_t version,
                                       const fhirbin_json_options* options,
                                       const fhirbin_sink* sink, fhirbin_error* error) {
  return c::call(error, [&]() -> Result<void> {
    FHIRBIN_TRY(c::require(store, "store"));
    FHIRBIN_TRY(c::require(id, "id"));
    FHIRBIN_TRY_ASSIGN(const JsonOptions how, c::make_json_options(options));
    FHIRBIN_TRY_ASSIGN(const fhirbin_sink taken, c::take_sink(sink));
    c::CallbackSink pushed(taken);
    return store->value.write_fhir_json(id, c::optional_version(version), pushed, how);
  });
}

fhirbin_status fhirbin_export_ndjson(fhirbin_store* store, const fhirbin_export_options* options,
                                     const fhirbin_sink* sink, const fhirbin_control* control,
                                     fhirbin_export_report* report, fhirbin_error* error) {
  return c::call(error, [&]() -> Result<void> {
    FHIRBIN_TRY(c::require(store, "store"));
    FHIRBIN_TRY_ASSIGN(const ExportOptions what, c::make_export_options(options));
    FHIRBIN_TRY_ASSIGN(const fhirbin_sink taken, c::take_sink(sink));
    FHIRBIN_TRY_ASSIGN(const fhirbin_control watched, c::take_control(control));
    const c::CallbackControl watcher(watched);
    c::CallbackSink pushed(taken);
    FHIRBIN_TRY_ASSIGN(const ExportReport done,
                       store->value.export_ndjson(pushed, what, watcher.get()));
    c::give(fhirbin_export_report{.struct_size = 0,
                                  .lines = done.lines,
                                  .inlined = done.inlined,
                                  .substituted = done.substituted,
                                  .bytes = done.bytes,
                                  .sequence = done.sequence},
            report);
    return {};
  });
}

fhirbin_status fhirbin_write_notification(fhirbin_store* store, const fhirbin_change* change,
                                          const fhirbin_inline_policy* policy,
                                          const fhirbin_sink* sink, fhirbin_error* error) {
  return c::call(error, [&]() -> Result<void> {
    FHIRBIN_TRY(c::require(store, "store"));
    FHIRBIN_TRY(c::require(change, "change"));
    FHIRBIN_TRY_ASSIGN(const fhirbin_change given, c::take(change, fhirbin_change{}));
    FHIRBIN_TRY(c::require(given.id, "the change's id"));
    FHIRBIN_TRY_ASSIGN(const InlinePolicy how, c::make_inline_policy(policy));
    FHIRBIN_TRY_ASSIGN(const fhirbin_sink taken, c::take_sink(sink));
    c::CallbackSink pushed(taken);
    return store->value.write_notification(
        {.sequence = given.sequence,
         .action = static_cast<ChangeAction>(given.action),
         .id = given.id,
         .version = given.version,
         .last_updated = Instant(std::chrono::milliseconds(given.last_updated_ms))},
        pushed, NotificationOptions{how});
  });
}
