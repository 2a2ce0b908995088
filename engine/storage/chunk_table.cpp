#include "engine/storage/chunk_table.h"

#include <algorithm>
#include <span>
#include <utility>

#include "engine/chunk/chunk_hash.h"
#include "engine/storage/cursor.h"
#include "engine/storage/settings.h"
#include "engine/storage/sql.h"
#include "engine/storage/volume_table.h"
#include "engine/util/try.h"

namespace fhirbin::storage {
namespace {

// A hash lies in two integer columns, the first of them indexed: 8 bytes in the index instead
// of 16.
std::uint64_t head_of(const Hash128& hash) { return load_le<std::uint64_t>(hash.bytes.data()); }
std::uint64_t tail_of(const Hash128& hash) { return load_le<std::uint64_t>(hash.bytes.data() + 8); }

Hash128 hash_from(std::uint64_t head, std::uint64_t tail) {
  Hash128 hash;
  store_le(hash.bytes.data(), head);
  store_le(hash.bytes.data() + 8, tail);
  return hash;
}

bool is_sealed(std::uint64_t volume_state) {
  return volume_state != static_cast<std::uint64_t>(VolumeState::kFilling);
}

std::vector<Hash128> read_block_hashes(ByteSpan column) {
  constexpr std::size_t kMost = chunk::count_hash_blocks(kMaxCutBytes) * sizeof(Hash128);
  if (column.size() % sizeof(Hash128) != 0 || column.size() > kMost) {
    return {Hash128()};  // one that fits nothing
  }
  std::vector<Hash128> hashes(column.size() / sizeof(Hash128));
  std::ranges::copy(column, std::as_writable_bytes(std::span(hashes)).begin());
  return hashes;
}

// The columns of kSelectChunksAfter and kSelectChunksOfVolume.
ChunkRow read_listed_row(const Statement& query) {
  return {.id = query.column_u64(0),
          .hash = hash_from(query.column_u64(1), query.column_u64(2)),
          .raw_length = static_cast<std::uint32_t>(query.column_u64(3)),
          .stored_length = static_cast<std::uint32_t>(query.column_u64(4)),
          .codec = static_cast<std::uint8_t>(query.column_u64(5)),
          .references = query.column_u64(6),
          .place = {.volume = static_cast<std::uint32_t>(query.column_u64(7)),
                    .page = query.column_u64(8),
                    .sealed = is_sealed(query.column_u64(9))},
          .volume_known = !query.column_is_null(9)};
}

// The columns of kSelectChunksWithBlocks.
ChunkRow read_row_with_blocks(const Statement& query) {
  ChunkRow row = read_listed_row(query);
  row.block_hashes = read_block_hashes(query.column_bytes(10));
  return row;
}

// The columns of kSelectChunk, which kSelectChunkWithBlocks begins with.
ChunkRow read_row_of(std::uint64_t id, const Statement& query) {
  return {.id = id,
          .hash = hash_from(query.column_u64(7), query.column_u64(8)),
          .raw_length = static_cast<std::uint32_t>(query.column_u64(0)),
          .stored_length = static_cast<std::uint32_t>(query.column_u64(1)),
          .codec = static_cast<std::uint8_t>(query.column_u64(2)),
          .references = query.column_u64(3),
          .place = {.volume = static_cast<std::uint32_t>(query.column_u64(4)),
                    .page = query.column_u64(5),
                    .sealed = is_sealed(query.column_u64(6))}};
}

}  // namespace

Result<std::vector<ChunkRow>> ChunkTable::find_candidates(const Hash128& hash,
                                                          std::uint32_t raw_length,
                                                          std::uint32_t limit) {
  FHIRBIN_TRY_ASSIGN(Statement query, catalog_->prepare(sql::kSelectCandidates));
  query.bind(1, head_of(hash)).bind(2, tail_of(hash)).bind(3, std::uint64_t{raw_length});
  query.bind(4, std::uint64_t{limit});
  std::vector<ChunkRow> rows;
  while (true) {
    FHIRBIN_TRY_ASSIGN(const bool found, query.step());
    if (!found) {
      return rows;
    }
    rows.push_back({.id = query.column_u64(0),
                    .hash = hash,
                    .raw_length = raw_length,
                    .stored_length = static_cast<std::uint32_t>(query.column_u64(1)),
                    .codec = static_cast<std::uint8_t>(query.column_u64(2)),
                    .references = 1,
                    .place = {.volume = static_cast<std::uint32_t>(query.column_u64(3)),
                              .page = query.column_u64(4),
                              .sealed = is_sealed(query.column_u64(5))}});
  }
}

Result<std::uint64_t> ChunkTable::insert(const ChunkRow& row) {
  FHIRBIN_TRY_ASSIGN(Statement insert, catalog_->prepare(sql::kInsertChunk));
  insert.bind(1, head_of(row.hash))
      .bind(2, tail_of(row.hash))
      .bind(3, std::uint64_t{row.raw_length});
  insert.bind(4, std::uint64_t{row.stored_length}).bind(5, std::uint64_t{row.codec});
  insert.bind(6, row.references).bind(7, std::uint64_t{row.place.volume}).bind(8, row.place.page);
  if (!row.block_hashes.empty()) {
    insert.bind(9, std::as_bytes(std::span(row.block_hashes)));
  }
  FHIRBIN_TRY(insert.run());
  return catalog_->last_insert_rowid();
}

Result<void> ChunkTable::add_references(std::uint64_t id, std::uint64_t count) {
  FHIRBIN_TRY_ASSIGN(Statement update, catalog_->prepare(sql::kAddReferences));
  FHIRBIN_TRY(update.bind(1, id).bind(2, count).run());
  if (catalog_->changed_rows() != 1) {
    return fail(ErrorCode::kGone, "a shared chunk was collected before it could be shared");
  }
  return {};
}

Result<DroppedReferences> ChunkTable::drop_references(std::uint64_t id, std::uint64_t count,
                                                      std::uint64_t sequence) {
  FHIRBIN_TRY_ASSIGN(Statement update, catalog_->prepare(sql::kDropReferences));
  FHIRBIN_TRY_ASSIGN(const bool found, update.bind(1, id).bind(2, count).bind(3, sequence).step());
  if (!found) {
    return fail(ErrorCode::kCorrupt,
                "chunk " + std::to_string(id) + " has fewer references than versions that use it");
  }
  const DroppedReferences left{.references = update.column_u64(0),
                               .stored_length = static_cast<std::uint32_t>(update.column_u64(1))};
  FHIRBIN_TRY(update.step());  // a RETURNING statement takes effect for good when it is done
  return left;
}

Result<std::optional<ChunkRow>> ChunkTable::find(std::uint64_t id) {
  FHIRBIN_TRY_ASSIGN(Statement query, catalog_->prepare(sql::kSelectChunk));
  FHIRBIN_TRY_ASSIGN(const bool found, query.bind(1, id).step());
  return found ? std::optional(read_row_of(id, query)) : std::nullopt;
}

Result<std::optional<ChunkRow>> ChunkTable::find_with_blocks(std::uint64_t id) {
  FHIRBIN_TRY_ASSIGN(Statement query, catalog_->prepare(sql::kSelectChunkWithBlocks));
  FHIRBIN_TRY_ASSIGN(const bool found, query.bind(1, id).step());
  std::optional<ChunkRow> row;
  if (found) {
    row = read_row_of(id, query);
    row->block_hashes = read_block_hashes(query.column_bytes(9));
  }
  return row;
}

Result<std::vector<ChunkRow>> ChunkTable::after(std::uint64_t after, std::uint32_t limit) {
  FHIRBIN_TRY_ASSIGN(Statement query, catalog_->prepare(sql::kSelectChunksAfter));
  query.bind(1, after).bind(2, std::uint64_t{limit});
  return Cursor<ChunkRow>(std::move(query), read_listed_row).collect();
}

Result<std::vector<ChunkRow>> ChunkTable::after_with_blocks(std::uint64_t after,
                                                            std::uint32_t limit) {
  FHIRBIN_TRY_ASSIGN(Statement query, catalog_->prepare(sql::kSelectChunksWithBlocks));
  query.bind(1, after).bind(2, std::uint64_t{limit});
  return Cursor<ChunkRow>(std::move(query), read_row_with_blocks).collect();
}

Result<std::vector<ChunkRow>> ChunkTable::of_volume(std::uint32_t volume, std::uint64_t after_page,
                                                    std::uint32_t limit) {
  FHIRBIN_TRY_ASSIGN(Statement query, catalog_->prepare(sql::kSelectChunksOfVolume));
  query.bind(1, std::uint64_t{volume}).bind(2, after_page).bind(3, std::uint64_t{limit});
  return Cursor<ChunkRow>(std::move(query), read_listed_row).collect();
}

Result<bool> ChunkTable::move(std::uint64_t id, const PagePlace& from, const PagePlace& to) {
  FHIRBIN_TRY_ASSIGN(Statement update, catalog_->prepare(sql::kMoveChunk));
  update.bind(1, id).bind(2, std::uint64_t{to.volume}).bind(3, to.page);
  FHIRBIN_TRY(update.bind(4, std::uint64_t{from.volume}).bind(5, from.page).run());
  return catalog_->changed_rows() == 1;
}

Result<std::uint64_t> ChunkTable::delete_freed(std::uint64_t newest_sequence, std::uint32_t limit) {
  FHIRBIN_TRY_ASSIGN(Statement erase, catalog_->prepare(sql::kDeleteFreedChunks));
  FHIRBIN_TRY(erase.bind(1, newest_sequence).bind(2, std::uint64_t{limit}).run());
  return catalog_->changed_rows();
}

}  // namespace fhirbin::storage
