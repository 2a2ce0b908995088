#include "fhirbin/care.h"

#include "engine/c/call.h"
#include "engine/c/handles.h"
#include "engine/c/results.h"
#include "engine/c/streams.h"
#include "fhirbin/c.h"

using namespace fhirbin;  // the whole file speaks of both interfaces

fhirbin_status fhirbin_purge_history(fhirbin_store* store, const char* id, uint64_t keep,
                                     fhirbin_purge_report* report, fhirbin_error* error) {
  return c::call(error, [&]() -> Result<void> {
    FHIRBIN_TRY(c::require(store, "store"));
    FHIRBIN_TRY(c::require(id, "id"));
    FHIRBIN_TRY_ASSIGN(const PurgeReport done, store->value.purge_history(id, keep));
    c::give(fhirbin_purge_report{.struct_size = 0,
                                 .versions_purged = done.versions_purged,
                                 .chunks_freed = done.chunks_freed,
                                 .bytes_freed = done.bytes_freed},
            report);
    return {};
  });
}

fhirbin_status fhirbin_collect_garbage(fhirbin_store* store, const fhirbin_control* control,
                                       fhirbin_collect_report* report, fhirbin_error* error) {
  return c::call(error, [&]() -> Result<void> {
    FHIRBIN_TRY(c::require(store, "store"));
    FHIRBIN_TRY_ASSIGN(const fhirbin_control watched, c::take_control(control));
    const c::CallbackControl watcher(watched);
    FHIRBIN_TRY_ASSIGN(const CollectReport done, store->value.collect_garbage(watcher.get()));
    c::give(fhirbin_collect_report{.struct_size = 0,
                                   .chunks_removed = done.chunks_removed,
                                   .volumes_dropped = done.volumes_dropped,
                                   .volumes_compacted = done.volumes_compacted,
                                   .bytes_returned = done.bytes_returned,
                                   .pending = done.pending ? 1 : 0,
                                   .reserved = 0},
            report);
    return {};
  });
}

fhirbin_status fhirbin_stats(fhirbin_store* store, fhirbin_store_stats** stats,
                             fhirbin_error* error) {
  return c::call(error, [&]() -> Result<void> {
    FHIRBIN_TRY(c::require(stats, "stats"));
    *stats = nullptr;
    FHIRBIN_TRY(c::require(store, "store"));
    FHIRBIN_TRY_ASSIGN(StoreStats read, store->value.stats());
    *stats = std::make_unique<c::OwnedStats>(std::move(read)).release();
    return {};
  });
}

fhirbin_status fhirbin_verify(fhirbin_store* store, const fhirbin_control* control,
                              fhirbin_verify_report** report, fhirbin_error* error) {
  return c::call(error, [&]() -> Result<void> {
    FHIRBIN_TRY(c::require(report, "report"));
    *report = nullptr;
    FHIRBIN_TRY(c::require(store, "store"));
    FHIRBIN_TRY_ASSIGN(const fhirbin_control watched, c::take_control(control));
    const c::CallbackControl watcher(watched);
    FHIRBIN_TRY_ASSIGN(VerifyReport done, store->value.verify(watcher.get()));
    *report = std::make_unique<c::OwnedVerifyReport>(std::move(done)).release();
    return {};
  });
}
