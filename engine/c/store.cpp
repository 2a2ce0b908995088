#include "fhirbin/store.h"

#include "engine/c/call.h"
#include "engine/c/handles.h"
#include "engine/c/options.h"
#include "engine/c/results.h"
#include "fhirbin/c.h"

using namespace fhirbin;  // the whole file speaks of both interfaces

namespace {

// Opens a store in one of the three ways and hands it out.
template <class Open>
fhirbin_status open_handle(const char* path, const fhirbin_open_options* open,
                           fhirbin_store** store, fhirbin_error* error, Open&& open_with) {
  return c::call(error, [&]() -> Result<void> {
    FHIRBIN_TRY(c::require(store, "store"));
    *store = nullptr;
    FHIRBIN_TRY(c::require(path, "path"));
    FHIRBIN_TRY_ASSIGN(const OpenOptions options, c::make_open_options(open));
    FHIRBIN_TRY_ASSIGN(Store opened, open_with(options));
    *store = std::make_unique<fhirbin_store>(std::move(opened)).release();
    return {};
  });
}

Result<void> hand_out(Result<HistoryPage> page, fhirbin_version_page** target) {
  FHIRBIN_TRY(page);
  *target = std::make_unique<c::OwnedVersionPage>(std::move(page->versions),
                                                  std::move(page->next_page_token), page->total)
                .release();
  return {};
}

}  // namespace

fhirbin_status fhirbin_store_create(const char* path, const fhirbin_create_options* create,
                                    const fhirbin_open_options* open, fhirbin_store** store,
                                    fhirbin_error* error) {
  return open_handle(path, open, store, error, [&](const OpenOptions& how) -> Result<Store> {
    FHIRBIN_TRY_ASSIGN(const CreateOptions what, c::make_create_options(create));
    return Store::create(path, what, how);
  });
}

fhirbin_status fhirbin_store_open(const char* path, const fhirbin_open_options* open,
                                  fhirbin_store** store, fhirbin_error* error) {
  return open_handle(path, open, store, error,
                     [&](const OpenOptions& how) { return Store::open(path, how); });
}

fhirbin_status fhirbin_store_open_or_create(const char* path, const fhirbin_create_options* create,
                                            const fhirbin_open_options* open, fhirbin_store** store,
                                            fhirbin_error* error) {
  return open_handle(path, open, store, error, [&](const OpenOptions& how) -> Result<Store> {
    FHIRBIN_TRY_ASSIGN(const CreateOptions what, c::make_create_options(create));
    return Store::open_or_create(path, what, how);
  });
}

fhirbin_status fhirbin_store_close(fhirbin_store* store, fhirbin_error* error) {
  return c::call(error, [&]() -> Result<void> {
    const std::unique_ptr<fhirbin_store> owned(store);
    return owned ? owned->value.close() : Result<void>();
  });
}

int32_t fhirbin_store_fhir_version(const fhirbin_store* store) {
  return store == nullptr ? 0 : static_cast<int32_t>(store->value.fhir_version());
}

fhirbin_status fhirbin_find_version(fhirbin_store* store, const char* id, uint64_t version,
                                    fhirbin_version_info** found, fhirbin_error* error) {
  return c::call(error, [&]() -> Result<void> {
    FHIRBIN_TRY(c::require(found, "found"));
    *found = nullptr;
    FHIRBIN_TRY(c::require(store, "store"));
    FHIRBIN_TRY(c::require(id, "id"));
    FHIRBIN_TRY_ASSIGN(VersionInfo info,
                       version == 0 ? store->value.head(id) : store->value.version(id, version));
    *found = std::make_unique<c::OwnedVersion>(std::move(info)).release();
    return {};
  });
}

fhirbin_status fhirbin_history(fhirbin_store* store, const char* id,
                               const fhirbin_history_query* query, fhirbin_version_page** page,
                               fhirbin_error* error) {
  return c::call(error, [&]() -> Result<void> {
    FHIRBIN_TRY(c::require(page, "page"));
    *page = nullptr;
    FHIRBIN_TRY(c::require(store, "store"));
    FHIRBIN_TRY_ASSIGN(const HistoryQuery asked, c::make_history_query(query));
    return hand_out(id == nullptr ? store->value.history(asked) : store->value.history(id, asked),
                    page);
  });
}

fhirbin_status fhirbin_list(fhirbin_store* store, const fhirbin_list_query* query,
                            fhirbin_version_page** page, fhirbin_error* error) {
  return c::call(error, [&]() -> Result<void> {
    FHIRBIN_TRY(c::require(page, "page"));
    *page = nullptr;
    FHIRBIN_TRY(c::require(store, "store"));
    FHIRBIN_TRY_ASSIGN(const ListQuery asked, c::make_list_query(query));
    FHIRBIN_TRY_ASSIGN(ListPage listed, store->value.list(asked));
    HistoryPage heads;
    heads.versions = std::move(listed.heads);
    heads.next_page_token = std::move(listed.next_page_token);
    return hand_out(std::move(heads), page);
  });
}

fhirbin_status fhirbin_changes(fhirbin_store* store, uint64_t after, uint32_t limit,
                               fhirbin_change_page** page, fhirbin_error* error) {
  return c::call(error, [&]() -> Result<void> {
    FHIRBIN_TRY(c::require(page, "page"));
    *page = nullptr;
    FHIRBIN_TRY(c::require(store, "store"));
    FHIRBIN_TRY_ASSIGN(ChangePage changes, store->value.changes(after, limit));
    *page = std::make_unique<c::OwnedChangePage>(std::move(changes)).release();
    return {};
  });
}

fhirbin_status fhirbin_wait_for_change(fhirbin_store* store, uint64_t after, uint32_t timeout_ms,
                                       int32_t* changed, fhirbin_error* error) {
  return c::call(error, [&]() -> Result<void> {
    FHIRBIN_TRY(c::require(changed, "changed"));
    *changed = 0;
    FHIRBIN_TRY(c::require(store, "store"));
    FHIRBIN_TRY_ASSIGN(const bool seen,
                       store->value.wait_for_change(after, std::chrono::milliseconds(timeout_ms)));
    *changed = seen ? 1 : 0;
    return {};
  });
}
