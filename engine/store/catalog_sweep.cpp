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
// Erased bytes are overwritten, so each of them goes through the WAL, and a transaction must fit
// into its reserve of a thousand frames, for a full disk has nothing else. Besides its bytes a
// version costs a row in each of three trees, whose removal may rebalance neighbours and parents.
constexpr std::uint64_t kFramesPerTransaction = 900;
constexpr std::uint64_t kFramesPerVersion = 10;
constexpr std::uint64_t kBytesPerFrame = 4000;
constexpr std::uint32_t kMaxVersionsPerTransaction = kFramesPerTransaction / kFramesPerVersion;

std::uint64_t frames_of(const storage::HiddenVersion& version) {
  return kFramesPerVersion + (version.catalog_bytes / kBytesPerFrame);
}

// Some of the versions that were hidden by `newest`.
struct HiddenBatch {
  std::vector<std::uint64_t> sequences;
  bool is_full = false;  // there may be more
};

// At least one, however large, or it would never go.
Result<HiddenBatch> next_hidden(storage::VersionTable& versions, std::uint64_t newest) {
  HiddenBatch batch;
  std::uint64_t frames = 0;
  FHIRBIN_TRY_ASSIGN(auto hidden, versions.hidden_by(newest, kMaxVersionsPerTransaction));
  while (true) {
    FHIRBIN_TRY_ASSIGN(const auto version, hidden.next());
    if (!version) {
      batch.is_full = batch.sequences.size() == kMaxVersionsPerTransaction;
      return batch;
    }
    frames += frames_of(*version);
    if (frames > kFramesPerTransaction && !batch.sequences.empty()) {
      batch.is_full = true;
      return batch;
    }
    batch.sequences.push_back(version->sequence);
  }
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
