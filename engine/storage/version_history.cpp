#include "engine/storage/version_history.h"

#include "engine/storage/sql.h"
#include "engine/storage/version_row.h"
#include "engine/util/try.h"

namespace fhirbin::storage {
namespace {

const char* select_of(const HistoryFilter& filter) {
  if (filter.binary) {
    return filter.current_during ? sql::kSelectHistoryDuring : sql::kSelectHistory;
  }
  return filter.current_during ? sql::kSelectStoreHistoryDuring : sql::kSelectStoreHistory;
}

const char* count_of(const HistoryFilter& filter) {
  if (filter.binary) {
    return filter.current_during ? sql::kCountHistoryDuring : sql::kCountHistory;
  }
  return filter.current_during ? sql::kCountStoreHistoryDuring : sql::kCountStoreHistory;
}

void bind_filter(Statement& query, const HistoryFilter& filter) {
  if (filter.binary) {
    query.bind(1, filter.binary->key);
  }
  query.bind(2, filter.oldest_ms);
  if (filter.current_during) {
    query.bind(3, filter.current_during->begin_ms).bind(4, filter.current_during->end_ms);
  }
}

}  // namespace

Result<std::vector<VersionRecord>> VersionHistory::select(const HistoryFilter& filter,
                                                          const HistorySlice& slice) {
  FHIRBIN_TRY_ASSIGN(Statement query, catalog_->prepare(select_of(filter)));
  bind_filter(query, filter);
  query.bind(5, slice.below).bind(6, slice.limit);
  FHIRBIN_TRY_ASSIGN(auto records, collect_versions(query, *settings_));
  for (const VersionRecord& record : records) {
    if (filter.binary) {
      FHIRBIN_TRY(check_owner(record, *filter.binary));
    }
  }
  return records;
}

Result<std::uint64_t> VersionHistory::count(const HistoryFilter& filter) {
  const bool all =
      !filter.binary && !filter.current_during && filter.oldest_ms == HistoryFilter{}.oldest_ms;
  FHIRBIN_TRY_ASSIGN(Statement query,
                     catalog_->prepare(all ? sql::kCountKeptVersions : count_of(filter)));
  if (!all) {
    bind_filter(query, filter);
  }
  FHIRBIN_TRY(query.step());
  return query.column_u64(0);
}

}  // namespace fhirbin::storage
