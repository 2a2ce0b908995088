#include "engine/store/compactor.h"

#include <optional>
#include <utility>
#include <vector>

#include "engine/storage/chunk_table.h"
#include "engine/storage/volume_table.h"
#include "engine/store/page_fetcher.h"
#include "engine/util/try.h"

namespace fhirbin::store {
namespace {

using storage::ChunkRow;
using storage::ChunkTable;
using storage::Connection;
using storage::PagePlace;

// Chunks moved per transaction: about 4 MiB, so that a lane's transaction stays small.
constexpr std::uint32_t kChunksPerStep = 16;

struct Move {
  ChunkRow row;
  PagePlace to;
};

// Makes one step's copies durable, then names them; a chunk that moved or went meanwhile leaves a
// dead copy.
Result<void> publish_moves(StoreContext& store, storage::VolumeWriter& lane,
                           const std::vector<Move>& moves) {
  FHIRBIN_TRY(lane.commit());
  return store.catalog().write([&](Connection& connection) -> Result<void> {
    ChunkTable chunks(connection);
    for (const Move& move : moves) {
      FHIRBIN_TRY(chunks.move(move.row.id, move.row.place, move.to));
    }
    return storage::VolumeTable(connection)
        .set_books(lane.number(), lane.page_count(), lane.stored_bytes());
  });
}

// Copies the pages of some chunks to `lane` and moves their places. Returns the stored bytes that
// were copied. `raw` is room to decode in.
Result<std::uint64_t> copy_some(StoreContext& store, PageFetcher& fetcher,
                                const std::vector<ChunkRow>& rows, ByteVector& raw,
                                storage::VolumeWriter& lane) {
  std::uint64_t copied_bytes = 0;
  std::vector<Move> moves;
  for (const ChunkRow& row : rows) {
    if (row.raw_length > store.settings().cut_max_bytes) {
      return fail(ErrorCode::kCorrupt, "a chunk is longer than chunks can be");
    }
    raw.resize(row.raw_length);
    FHIRBIN_TRY(fetcher.fetch(row, raw));
    FHIRBIN_TRY_ASSIGN(const std::uint64_t page, lane.append(fetcher.stored()));
    moves.push_back({.row = row, .to = {.volume = lane.number(), .page = page, .sealed = false}});
    copied_bytes += row.stored_length;
  }
  FHIRBIN_TRY(publish_moves(store, lane, moves));
  return copied_bytes;
}

}  // namespace

Result<std::uint64_t> compact_volume(StoreContext& store, std::uint32_t volume,
                                     const CallControl& control) {
  PageFetcher fetcher(store.catalog(), store.volumes());
  std::optional<storage::VolumeWriter> lane;
  std::uint64_t copied_bytes = 0;
  std::uint64_t after_page = 0;
  ByteVector raw;
  while (true) {
    if (control.stop.stop_requested()) {
      return fail(ErrorCode::kCancelled, "the compaction was stopped");
    }
    FHIRBIN_TRY_ASSIGN(const auto rows, store.catalog().read([&](Connection& connection) {
      return ChunkTable(connection).of_volume(volume, after_page, kChunksPerStep);
    }));
    if (rows.empty()) {
      break;
    }
    if (!lane) {
      FHIRBIN_TRY_ASSIGN(auto acquired, store.lanes().acquire());
      lane.emplace(std::move(acquired));
    }
    FHIRBIN_TRY_ASSIGN(const std::uint64_t some_bytes, copy_some(store, fetcher, rows, raw, *lane));
    copied_bytes += some_bytes;
    after_page = rows.back().place.page;
    if (store.lanes().is_full(*lane)) {
      FHIRBIN_TRY(store.lanes().seal(*std::exchange(lane, std::nullopt)));
    }
  }
  if (lane) {
    FHIRBIN_TRY(store.lanes().release(*std::move(lane)));
  }
  return copied_bytes;
}

}  // namespace fhirbin::store
