#include "engine/store/content_rows.h"

#include <map>
#include <utility>
#include <vector>

#include "engine/storage/chunk_table.h"
#include "engine/storage/content_table.h"
#include "engine/storage/volume_table.h"
#include "engine/util/try.h"

namespace fhirbin::store {
namespace {

using storage::Connection;

Result<chunk::ChunkMap> insert_chunks(Connection& connection,
                                      const std::vector<StagedChunk>& staged_chunks) {
  storage::ChunkTable chunks(connection);
  std::map<std::uint64_t, std::uint64_t> shared;                                 // id -> uses
  std::map<std::pair<std::uint32_t, std::uint64_t>, std::uint64_t> id_of_place;  // own pages
  std::map<std::pair<std::uint32_t, std::uint64_t>, std::uint64_t> uses_of_place;
  for (const StagedChunk& staged : staged_chunks) {
    if (staged.shared_id != 0) {
      ++shared[staged.shared_id];
    } else {
      ++uses_of_place[{staged.place.volume, staged.place.page}];
    }
  }
  for (const auto& [id, uses] : shared) {
    FHIRBIN_TRY(chunks.add_references(id, uses));
  }
  chunk::ChunkMap map;
  for (const StagedChunk& staged : staged_chunks) {
    std::uint64_t id = staged.shared_id;
    if (id == 0) {
      const std::pair place{staged.place.volume, staged.place.page};
      std::uint64_t& own = id_of_place[place];
      if (own == 0) {
        FHIRBIN_TRY_ASSIGN(own, chunks.insert({.hash = staged.hash,
                                               .raw_length = staged.length,
                                               .stored_length = staged.stored_length,
                                               .codec = staged.codec,
                                               .references = uses_of_place[place],
                                               .place = staged.place,
                                               .block_hashes = staged.block_hashes}));
      }
      id = own;
    }
    map.append({.chunk_id = id, .length = staged.length, .hash = staged.hash});
  }
  return map;
}

}  // namespace

Result<void> insert_content(Connection& connection, const storage::Settings& settings,
                            const StagedContent& content, storage::VersionRecord& record) {
  storage::ContentTable contents(connection, settings);
  record.size_bytes = content.size_bytes;
  record.digest = content.digest;
  record.placement = content.placement;
  if (content.placement == storage::Placement::kInline) {
    record.stored_bytes = content.inline_stored.size();
    return contents.insert_inline(record.sequence, content.inline_codec, content.inline_stored);
  }
  if (content.placement == storage::Placement::kNone) {
    return {};
  }
  FHIRBIN_TRY_ASSIGN(const chunk::ChunkMap map, insert_chunks(connection, content.chunks));
  record.chunk_count = map.count();
  record.map_hash = storage::compute_map_hash(settings.hash_secret, map);
  FHIRBIN_TRY(contents.insert_map(record.sequence, map));
  storage::VolumeTable volumes(connection);
  for (const VolumeBooks& books : content.volumes) {
    FHIRBIN_TRY(volumes.set_books(books.number, books.pages, books.stored_bytes));
  }
  return {};
}

}  // namespace fhirbin::store
