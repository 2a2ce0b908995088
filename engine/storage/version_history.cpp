#include "engine/storage/version_history.h"

#include "engine/storage/sql.h"
#include "engine/storage/version_row.h"
#include "engine/util/try.h"

namespace fhirbin::storage {
namespace {

const char* select_of(const HistoryFilter& filter) {
  if (filter.binary_key) {
    return filter.current_during ? sql::kSelectHistoryDuring : sql::kSelectHistory;
  }
  return filter.current_during ? sql::kSelectStoreHistoryDuring : sql::kSelectStoreHistory;
}

const char* count_of(const HistoryFilter& filter) {
  if (filter.binary_key) {
    return filter.current_during ? sql::kCountHistoryDuring : sql::kCountHistory;
  }
  return filter.current_during ? sql::kCountStoreHistoryDuring : sql::kCountStoreHistory;
}

void bind_filter(Statement& query, const HistoryFilter& filter) {
  query.bind(1, filter.oldest_ms);
  if (filter.current_during) {
    query.bind(2, filter.current_during->begin_ms).bind(3, filter.current_during->end_ms);
  }
  if (filter.binary_key) {
    query.bind(6, *filter.binary_key);
  }
}

}  // namespace

Result<std::vector<VersionRecord>> VersionHistory::select(const HistoryFilter& filter,
                                                          const HistorySlice& slice) {
  FHIRBIN_TRY_ASSIGN(Statement query, catalog_->prepare(select_of(filter)));
  bind_filter(query, filter);
  query.bind(4, slice.below).bind(5, slice.limit);
  return collect_versions(query, *settings_);
}

Result<std::uint64_t> VersionHistory::count(const HistoryFilter& filter) {
  const bool all = filter == HistoryFilter{};
  FHIRBIN_TRY_ASSIGN(Statement query,
                     catalog_->prepare(all ? sql::kCountKeptVersions : count_of(filter)));
  if (!all) {
    bind_filter(query, filter);
  }
  FHIRBIN_TRY(query.step());
  return query.column_u64(0);
}

}  // namespace fhirbin::storage
