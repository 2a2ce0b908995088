#include "engine/store/catalog_sweep.h"

#include <vector>

#include "engine/storage/chunk_table.h"
#include "engine/storage/sql.h"
#include "engine/storage/version_table.h"
#include "engine/store/pin.h"
#include "engine/util/try.h"

namespace fhirbin::store {
namespace {

using storage::Connection;

// Rows removed per transaction, so that writers go on meanwhile.
constexpr std::uint32_t kRowsPerTransaction = 256;
// Erased bytes are overwritten, so each of them goes through the WAL: a transaction must fit into
// its reserve, for a full disk has nothing else.
constexpr std::uint64_t kErasedPerTransaction = 1U << 20;

// Erases some of the hidden versions; false when none is left.
Result<bool> erase_hidden_versions(StoreContext& store, std::uint64_t newest) {
  bool more = false;
  FHIRBIN_TRY(store.catalog().write([&](Connection& connection) -> Result<void> {
    more = false;
    std::vector<std::uint64_t> sequences;
    std::uint64_t erased_bytes = 0;
    FHIRBIN_TRY_ASSIGN(storage::Statement select, connection.prepare(storage::sql::kSelectHidden));
    select.bind(1, newest).bind(2, std::uint64_t{kRowsPerTransaction});
    while (!more) {
      FHIRBIN_TRY_ASSIGN(const bool found, select.step());
      if (!found) {
        break;
      }
      sequences.push_back(select.column_u64(0));
      erased_bytes += select.column_u64(1);
      more = sequences.size() == kRowsPerTransaction || erased_bytes >= kErasedPerTransaction;
    }
    select.reset();
    storage::VersionTable versions(connection, store.settings());
    for (const std::uint64_t sequence : sequences) {
      FHIRBIN_TRY(versions.erase_hidden(sequence));
    }
    return {};
  }));
  return more;
}

Result<std::uint64_t> delete_freed_chunks(StoreContext& store, std::uint64_t newest) {
  std::uint64_t deleted = 0;
  FHIRBIN_TRY(store.catalog().write([&](Connection& connection) -> Result<void> {
    FHIRBIN_TRY_ASSIGN(deleted,
                       storage::ChunkTable(connection).delete_freed(newest, kRowsPerTransaction));
    return {};
  }));
  return deleted;
}

}  // namespace

Result<std::uint64_t> sweep_catalog(StoreContext& store, std::optional<std::uint64_t> except_pin) {
  FHIRBIN_TRY_ASSIGN(const std::uint64_t newest, collectable_sequence(store.catalog(), except_pin));
  bool more = true;
  while (more) {
    FHIRBIN_TRY_ASSIGN(more, erase_hidden_versions(store, newest));
  }
  std::uint64_t chunks = 0;
  std::uint64_t deleted = 0;
  do {
    FHIRBIN_TRY_ASSIGN(deleted, delete_freed_chunks(store, newest));
    chunks += deleted;
  } while (deleted == kRowsPerTransaction);
  return chunks;
}

}  // namespace fhirbin::store
