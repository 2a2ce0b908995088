#include "engine/store/chunk_check.h"

#include <string>
#include <vector>

#include "engine/chunk/chunk_hash.h"
#include "engine/storage/content_table.h"
#include "engine/storage/version_table.h"
#include "engine/store/page_fetcher.h"
#include "engine/util/try.h"

namespace fhirbin::store {
namespace {

using storage::ChunkRow;
using storage::ChunkTable;
using storage::Connection;
using storage::Placement;
using storage::VersionRecord;
using storage::VersionTable;

// The bytes of a chunk that no version uses.
Result<void> check_unused(Verification& verification, PageFetcher& fetcher, const ChunkRow& row,
                          ByteVector& raw, CheckedChunks& checked) {
  raw.resize(row.raw_length);
  auto fetched = fetcher.fetch(row, raw);
  verification.count_bytes(row.raw_length);
  if (fetched || fetched.error().code == ErrorCode::kGone) {
    return {};  // gone: purged and collected since it was listed
  }
  if (!is_damage(fetched.error())) {
    return fetched;
  }
  checked.damaged.insert(row.id);
  verification.note(fetched.error().message);
  return {};
}

bool block_hashes_fit(const HashSecret& secret, const ChunkRow& row) {
  const std::size_t blocks = chunk::count_hash_blocks(row.raw_length);
  const bool is_raw = static_cast<codec::PageCodec>(row.codec) == codec::PageCodec::kRaw;
  if (!is_raw || blocks == 1) {
    return row.block_hashes.empty();
  }
  return row.block_hashes.size() == blocks &&
         chunk::combine_block_hashes(secret, row.block_hashes) == row.hash;
}

Result<void> check_chunk(Verification& verification, PageFetcher& fetcher, const ChunkRow& row,
                         ByteVector& raw, CheckedChunks& checked) {
  if (!row.volume_known || row.raw_length > verification.store().settings().cut_max_bytes) {
    checked.damaged.insert(row.id);
    verification.note("chunk " + std::to_string(row.id) +
                      ": its record names no volume or an impossible length");
    return {};
  }
  // The chunk itself may be sound: its bytes are checked with the versions that use it.
  if (!block_hashes_fit(verification.store().settings().hash_secret, row)) {
    verification.note("chunk " + std::to_string(row.id) +
                      ": its block hashes do not make its hash");
  }
  verification.count_chunk();
  return row.references != 0 ? Result<void>()
                             : check_unused(verification, fetcher, row, raw, checked);
}

Result<chunk::ChunkMap> map_of(Connection& connection, const storage::Settings& settings,
                               std::uint64_t sequence) {
  FHIRBIN_TRY_ASSIGN(const VersionRecord record,
                     VersionTable(connection, settings).load_at(sequence));
  if (record.placement != Placement::kChunks) {
    return chunk::ChunkMap();
  }
  return storage::ContentTable(connection, settings).load_map(record);
}

template <class Visit>
Result<void> for_each_kept(VersionTable versions, Visit visit) {
  constexpr std::uint32_t kRowsPerLook = 256;
  std::uint64_t after = 0;
  while (true) {
    FHIRBIN_TRY_ASSIGN(const auto sequences, versions.kept_after(after, kRowsPerLook));
    for (const std::uint64_t sequence : sequences) {
      after = sequence;
      visit(sequence);
    }
    if (sequences.empty()) {
      return {};
    }
  }
}

// The ids from `first` on, below `end`.
struct ChunkWindow {
  std::uint64_t first = 0;
  std::uint64_t end = 0;

  bool holds(std::uint64_t id) const { return id >= first && id < end; }
  std::size_t index_of(std::uint64_t id) const { return static_cast<std::size_t>(id - first); }
};

// How often the maps of all versions name each chunk of the window.
Result<std::vector<std::uint64_t>> count_uses(Connection& connection,
                                              const storage::Settings& settings,
                                              const ChunkWindow& window) {
  std::vector<std::uint64_t> uses(window.index_of(window.end));
  FHIRBIN_TRY(for_each_kept(VersionTable(connection, settings), [&](std::uint64_t sequence) {
    // A map that cannot be read is told of by check_versions().
    const auto map = map_of(connection, settings, sequence);
    for (std::size_t i = 0; map && i < map->count(); ++i) {
      const std::uint64_t id = map->entry(i).chunk_id;
      if (window.holds(id)) {
        ++uses[window.index_of(id)];
      }
    }
  }));
  return uses;
}

Result<void> recount(Verification& verification, Connection& connection,
                     const ChunkWindow& window) {
  constexpr std::uint32_t kRowsPerLook = 1000;
  FHIRBIN_TRY_ASSIGN(const auto uses,
                     count_uses(connection, verification.store().settings(), window));
  std::uint64_t after = window.first - 1;
  while (true) {
    FHIRBIN_TRY_ASSIGN(const auto rows, ChunkTable(connection).after(after, kRowsPerLook));
    for (const ChunkRow& row : rows) {
      after = row.id;
      if (row.id < window.end && row.references != uses[window.index_of(row.id)]) {
        verification.note("chunk " + std::to_string(row.id) + ": its reference count is wrong");
      }
    }
    if (rows.empty() || after >= window.end) {
      return {};
    }
  }
}

}  // namespace

Result<void> check_chunks(Verification& verification, CheckedChunks& checked) {
  constexpr std::uint32_t kRowsPerLook = 64;
  PageFetcher fetcher(verification.catalog(), verification.store().volumes());
  ByteVector raw;
  while (!verification.stop()) {
    FHIRBIN_TRY_ASSIGN(const auto rows, verification.catalog().read([&](Connection& connection) {
      return ChunkTable(connection).after_with_blocks(checked.last, kRowsPerLook);
    }));
    for (const ChunkRow& row : rows) {
      if (verification.stop()) {
        return {};
      }
      checked.last = row.id;
      FHIRBIN_TRY(check_chunk(verification, fetcher, row, raw, checked));
    }
    verification.tell_progress();
    if (rows.size() < kRowsPerLook) {
      return {};
    }
  }
  return {};
}

Result<void> check_references(Verification& verification, const CheckedChunks& checked) {
  constexpr std::uint64_t kWindow = 1U << 18;
  std::uint64_t after = 0;
  while (!verification.stop()) {
    // Ids need not follow each other closely, so look where the next one is.
    FHIRBIN_TRY_ASSIGN(const auto next, verification.catalog().read([&](Connection& connection) {
      return ChunkTable(connection).after(after, 1);
    }));
    if (next.empty() || next.front().id > checked.last) {
      return {};
    }
    const ChunkWindow window{.first = next.front().id, .end = next.front().id + kWindow};
    FHIRBIN_TRY(verification.catalog().read(
        [&](Connection& connection) { return recount(verification, connection, window); }));
    after = window.end - 1;
  }
  return {};
}

}  // namespace fhirbin::store
