#pragma once

#include <string_view>

#include "engine/store/store_context.h"
#include "fhirbin/queries.h"

namespace fhirbin::store {

// See Store::history() and Store::list().
Result<HistoryPage> read_history(StoreContext& store, std::string_view id,
                                 const HistoryQuery& query);
Result<HistoryPage> read_store_history(StoreContext& store, const HistoryQuery& query);
Result<ListPage> read_list(StoreContext& store, const ListQuery& query);

}  // namespace fhirbin::store
