#include "engine/store/listing.h"

#include <limits>

#include "engine/fhir/media_type.h"
#include "engine/fhir/resource_id.h"
#include "engine/storage/sql.h"
#include "engine/storage/version_table.h"
#include "engine/store/page_token.h"
#include "engine/store/version_view.h"
#include "engine/util/try.h"

namespace fhirbin::store {
namespace {

using storage::Connection;
using storage::Statement;
using storage::VersionRecord;
using storage::VersionTable;

constexpr std::uint64_t kNewest = std::numeric_limits<std::int64_t>::max();

std::int64_t to_ms(Instant instant) { return instant.time_since_epoch().count(); }

std::int64_t oldest_ms(const HistoryQuery& query) {
  return query.since ? to_ms(*query.since) : std::numeric_limits<std::int64_t>::min();
}

Result<std::uint64_t> count_rows(Statement& query) {
  FHIRBIN_TRY(query.step());
  return query.column_u64(0);
}

// Turns one row more than a page into a page and the key that the next one starts from.
template <class Key>
Result<HistoryPage> to_page(std::vector<VersionRecord> records, std::uint32_t count, Key key) {
  HistoryPage page;
  if (records.size() > count) {
    records.resize(count);
    page.next_page_token = std::to_string(key(records.back()));
  }
  for (const VersionRecord& record : records) {
    FHIRBIN_TRY_ASSIGN(VersionInfo info, to_version_info(record));
    page.versions.push_back(std::move(info));
  }
  return page;
}

// The end of the span that `at` and `at_end` ask for: without an end, one instant.
std::int64_t end_ms(const HistoryQuery& query) {
  return query.at_end ? to_ms(*query.at_end) : to_ms(*query.at) + 1;
}

Result<std::vector<VersionRecord>> select_history(VersionTable& versions, Connection& connection,
                                                  std::uint64_t binary_key, std::uint64_t below,
                                                  const HistoryQuery& query) {
  const std::uint64_t limit = std::uint64_t{query.count} + 1;
  if (query.at) {
    FHIRBIN_TRY_ASSIGN(Statement select, connection.prepare(storage::sql::kSelectHistoryDuring));
    select.bind(1, binary_key).bind(2, below).bind(3, to_ms(*query.at)).bind(4, end_ms(query));
    return versions.collect(select.bind(5, oldest_ms(query)).bind(6, limit));
  }
  FHIRBIN_TRY_ASSIGN(Statement select, connection.prepare(storage::sql::kSelectHistory));
  select.bind(1, binary_key).bind(2, below).bind(3, oldest_ms(query)).bind(4, limit);
  return versions.collect(select);
}

Result<std::uint64_t> count_history(Connection& connection, std::uint64_t binary_key,
                                    const HistoryQuery& query) {
  FHIRBIN_TRY_ASSIGN(Statement count,
                     connection.prepare(query.at ? storage::sql::kCountHistoryDuring
                                                 : storage::sql::kCountHistory));
  count.bind(1, binary_key);
  if (query.at) {
    count.bind(2, to_ms(*query.at)).bind(3, end_ms(query)).bind(4, oldest_ms(query));
  } else {
    count.bind(2, oldest_ms(query));
  }
  return count_rows(count);
}

Result<HistoryPage> history_of(StoreContext& store, Connection& connection, std::string_view id,
                               std::uint64_t below, const HistoryQuery& query) {
  VersionTable versions(connection, store.settings());
  FHIRBIN_TRY_ASSIGN(const auto binary, versions.find_binary(id));
  if (!binary) {
    return fail(ErrorCode::kNotFound, "there is no Binary with this id");
  }
  FHIRBIN_TRY_ASSIGN(auto records, select_history(versions, connection, binary->key, below, query));
  FHIRBIN_TRY_ASSIGN(HistoryPage page, to_page(std::move(records), query.count,
                                               [](const auto& r) { return r.number; }));
  FHIRBIN_TRY_ASSIGN(page.total, count_history(connection, binary->key, query));
  return page;
}

Result<std::vector<VersionRecord>> select_store_history(VersionTable& versions,
                                                        Connection& connection, std::uint64_t below,
                                                        const HistoryQuery& query) {
  const std::uint64_t limit = std::uint64_t{query.count} + 1;
  if (query.at) {
    FHIRBIN_TRY_ASSIGN(Statement select,
                       connection.prepare(storage::sql::kSelectStoreHistoryDuring));
    select.bind(1, below).bind(2, to_ms(*query.at)).bind(3, end_ms(query));
    return versions.collect(select.bind(4, oldest_ms(query)).bind(5, limit));
  }
  FHIRBIN_TRY_ASSIGN(Statement select, connection.prepare(storage::sql::kSelectStoreHistory));
  return versions.collect(select.bind(1, below).bind(2, oldest_ms(query)).bind(3, limit));
}

Result<std::uint64_t> count_store_history(Connection& connection, const HistoryQuery& query) {
  FHIRBIN_TRY_ASSIGN(Statement count,
                     connection.prepare(query.at ? storage::sql::kCountStoreHistoryDuring
                                                 : storage::sql::kCountStoreHistory));
  if (query.at) {
    count.bind(1, to_ms(*query.at)).bind(2, end_ms(query)).bind(3, oldest_ms(query));
  } else {
    count.bind(1, oldest_ms(query));
  }
  return count_rows(count);
}

Result<HistoryPage> store_history(StoreContext& store, Connection& connection, std::uint64_t below,
                                  const HistoryQuery& query) {
  VersionTable versions(connection, store.settings());
  FHIRBIN_TRY_ASSIGN(auto records, select_store_history(versions, connection, below, query));
  FHIRBIN_TRY_ASSIGN(HistoryPage page, to_page(std::move(records), query.count,
                                               [](const auto& r) { return r.sequence; }));
  FHIRBIN_TRY_ASSIGN(page.total, count_store_history(connection, query));
  return page;
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
  FHIRBIN_TRY_ASSIGN(const auto rows, versions.binaries_after(after, kRowsPerLook));
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
  return store.catalog().read(
      [&](Connection& connection) { return store_history(store, connection, below, query); });
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
