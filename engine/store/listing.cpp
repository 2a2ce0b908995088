#include "engine/store/listing.h"

#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/fhir/media_type.h"
#include "engine/fhir/resource_id.h"
#include "engine/storage/binary_table.h"
#include "engine/storage/version_history.h"
#include "engine/storage/version_table.h"
#include "engine/store/page_token.h"
#include "engine/store/version_view.h"
#include "engine/util/try.h"

namespace fhirbin::store {
namespace {

using storage::BinaryTable;
using storage::Connection;
using storage::HistoryFilter;
using storage::VersionHistory;
using storage::VersionRecord;
using storage::VersionTable;

constexpr std::uint64_t kNewest = std::numeric_limits<std::int64_t>::max();

std::int64_t to_ms(Instant instant) { return instant.time_since_epoch().count(); }

HistoryFilter to_filter(const HistoryQuery& query, std::optional<storage::BinaryRow> binary) {
  HistoryFilter filter;
  filter.binary = std::move(binary);
  if (query.since) {
    filter.oldest_ms = to_ms(*query.since);
  }
  if (query.at) {
    const std::int64_t begin_ms = to_ms(*query.at);
    // Without an end, one instant.
    filter.current_during = {.begin_ms = begin_ms,
                             .end_ms = query.at_end ? to_ms(*query.at_end) : begin_ms + 1};
  }
  return filter;
}

// What a page token tells: the number of a version where the history is of one Binary, its
// sequence where it is of the store.
using PageKey = std::uint64_t VersionRecord::*;

// Turns one row more than a page into a page and the key that the next one starts from.
Result<HistoryPage> to_page(std::vector<VersionRecord> records, std::uint32_t count, PageKey key) {
  HistoryPage page;
  if (records.size() > count) {
    records.resize(count);
    page.next_page_token = std::to_string(records.back().*key);
  }
  for (const VersionRecord& record : records) {
    FHIRBIN_TRY_ASSIGN(VersionInfo info, to_version_info(record));
    page.versions.push_back(std::move(info));
  }
  return page;
}

Result<HistoryPage> read_page(VersionHistory history, const HistoryFilter& filter,
                              std::uint64_t below, std::uint32_t count) {
  const PageKey key = filter.binary ? &VersionRecord::number : &VersionRecord::sequence;
  FHIRBIN_TRY_ASSIGN(auto records,
                     history.select(filter, {.below = below, .limit = std::uint64_t{count} + 1}));
  FHIRBIN_TRY_ASSIGN(HistoryPage page, to_page(std::move(records), count, key));
  FHIRBIN_TRY_ASSIGN(page.total, history.count(filter));
  return page;
}

Result<HistoryPage> history_of(StoreContext& store, Connection& connection, std::string_view id,
                               std::uint64_t below, const HistoryQuery& query) {
  FHIRBIN_TRY_ASSIGN(const auto binary, BinaryTable(connection).find(id));
  if (!binary) {
    return fail(ErrorCode::kNotFound, "there is no Binary with this id");
  }
  return read_page(VersionHistory(connection, store.settings()), to_filter(query, binary), below,
                   query.count);
}

bool matches(const ListQuery& query, const VersionRecord& record) {
  const bool deleted = record.action == ChangeAction::kDelete;
  if (deleted && !query.include_deleted) {
    return false;
  }
  if (query.since && record.last_updated_ms < to_ms(*query.since)) {
    return false;
  }
  return record.size_bytes >= query.min_size_bytes &&
         (query.content_type.empty() ||
          (!deleted && fhir::matches_media_filter(record.content_type, query.content_type)));
}

// Adds heads of Binaries after `after` to the page until it is full or this many rows were looked
// at; true when there may be more. One call is one short read transaction.
Result<bool> list_some(StoreContext& store, Connection& connection, const ListQuery& query,
                       std::string& after, ListPage& page) {
  constexpr std::uint32_t kRowsPerLook = 1000;
  VersionTable versions(connection, store.settings());
  FHIRBIN_TRY_ASSIGN(const auto rows, BinaryTable(connection).after(after, kRowsPerLook));
  for (const storage::BinaryRow& row : rows) {
    FHIRBIN_TRY_ASSIGN(const VersionRecord record, versions.head_of(row));
    if (matches(query, record)) {
      if (page.heads.size() == query.count) {
        page.next_page_token = page.heads.back().id;
        return false;
      }
      FHIRBIN_TRY_ASSIGN(VersionInfo info, to_version_info(record));
      page.heads.push_back(std::move(info));
    }
    after = row.id;
  }
  return rows.size() == kRowsPerLook;
}

}  // namespace

Result<HistoryPage> read_history(StoreContext& store, std::string_view id,
                                 const HistoryQuery& query) {
  FHIRBIN_TRY(fhir::check_resource_id(id));
  FHIRBIN_TRY(check_count(query.count));
  FHIRBIN_TRY_ASSIGN(const std::uint64_t below, parse_page_token(query.page_token, kNewest));
  return store.catalog().read(
      [&](Connection& connection) { return history_of(store, connection, id, below, query); });
}

Result<HistoryPage> read_store_history(StoreContext& store, const HistoryQuery& query) {
  FHIRBIN_TRY(check_count(query.count));
  FHIRBIN_TRY_ASSIGN(const std::uint64_t below, parse_page_token(query.page_token, kNewest));
  return store.catalog().read([&](Connection& connection) {
    return read_page(VersionHistory(connection, store.settings()), to_filter(query, {}), below,
                     query.count);
  });
}

Result<ListPage> read_list(StoreContext& store, const ListQuery& query) {
  FHIRBIN_TRY(check_count(query.count));
  FHIRBIN_TRY(fhir::check_media_filter(query.content_type));
  if (!query.page_token.empty()) {
    FHIRBIN_TRY(fhir::check_resource_id(query.page_token));
  }
  std::string after = query.page_token;
  ListPage page;
  bool more = true;
  while (more) {
    FHIRBIN_TRY_ASSIGN(more, store.catalog().read([&](Connection& connection) {
      return list_some(store, connection, query, after, page);
    }));
  }
  return page;
}

}  // namespace fhirbin::store
