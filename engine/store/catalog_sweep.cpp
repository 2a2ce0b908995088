#include "engine/store/catalog_sweep.h"

#include <vector>

#include "engine/storage/chunk_table.h"
#include "engine/storage/version_table.h"
#include "engine/store/pin.h"
#include "engine/util/try.h"

namespace fhirbin::store {
namespace {

using storage::Connection;

// Rows removed per transaction, so that writers go on meanwhile.
constexpr std::uint32_t kRowsPerTransaction = 256;
// Erased bytes are overwritten, so each of them goes through the WAL, and so do the four leaves
// that a version may have for itself: a transaction must fit into the WAL's reserve, for a full
// disk has nothing else.
constexpr std::uint32_t kVersionsPerTransaction = 128;
constexpr std::uint64_t kErasedPerTransaction = 1U << 20;

// Some of the versions that were hidden by `newest`.
struct HiddenBatch {
  std::vector<std::uint64_t> sequences;
  bool is_full = false;  // there may be more
};

Result<HiddenBatch> next_hidden(storage::VersionTable& versions, std::uint64_t newest) {
  HiddenBatch batch;
  std::uint64_t erased_bytes = 0;
  FHIRBIN_TRY_ASSIGN(auto hidden, versions.hidden_by(newest, kVersionsPerTransaction));
  while (!batch.is_full) {
    FHIRBIN_TRY_ASSIGN(const auto version, hidden.next());
    if (!version) {
      break;
    }
    batch.sequences.push_back(version->sequence);
    erased_bytes += version->catalog_bytes;
    batch.is_full =
        batch.sequences.size() == kVersionsPerTransaction || erased_bytes >= kErasedPerTransaction;
  }
  return batch;
}

// Erases some of the hidden versions; false when none is left.
Result<bool> erase_hidden_versions(StoreContext& store, std::uint64_t newest) {
  bool more = false;
  FHIRBIN_TRY(store.catalog().write([&](Connection& connection) -> Result<void> {
    storage::VersionTable versions(connection, store.settings());
    FHIRBIN_TRY_ASSIGN(const HiddenBatch batch, next_hidden(versions, newest));
    for (const std::uint64_t sequence : batch.sequences) {
      FHIRBIN_TRY(versions.erase_hidden(sequence));
    }
    more = batch.is_full;
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
