#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "engine/storage/connection.h"
#include "engine/storage/page_place.h"
#include "engine/util/hash.h"
#include "fhirbin/error.h"

namespace fhirbin::storage {

// One row of the chunk table: what a chunk is and where it lies now.
struct ChunkRow {
  std::uint64_t id = 0;
  Hash128 hash;
  std::uint32_t raw_length = 0;
  std::uint32_t stored_length = 0;
  std::uint8_t codec = 0;  // a codec::PageCodec
  std::uint64_t references = 0;
  PagePlace place;
  bool volume_known = true;  // false: it names a volume that is not in the books
  // Of the chunk's blocks (chunk/chunk_hash.h) where parts of its page can be read, else none. Only
  // insert() and the functions with blocks look at them.
  std::vector<Hash128> block_hashes = {};
};

// What became of a chunk whose references were dropped.
struct DroppedReferences {
  std::uint64_t references = 0;  // left
  std::uint32_t stored_length = 0;
};

// The table of chunks. A view on a connection; thread-compatible.
class ChunkTable {
 public:
  explicit ChunkTable(Connection& catalog) noexcept : catalog_(&catalog) {}

  // Live chunks that may hold the same bytes; whether they do, only a comparison tells.
  Result<std::vector<ChunkRow>> find_candidates(const Hash128& hash, std::uint32_t raw_length,
                                                std::uint32_t limit);
  // Returns the new chunk's id; `row.id` and `row.place.sealed` are not looked at.
  Result<std::uint64_t> insert(const ChunkRow& row);
  // Also raises a count from zero again. Errors: kGone when the chunk was collected.
  Result<void> add_references(std::uint64_t id, std::uint64_t count);
  // At zero the chunk is freed as of `sequence`. Errors: kCorrupt when it has fewer references.
  Result<DroppedReferences> drop_references(std::uint64_t id, std::uint64_t count,
                                            std::uint64_t sequence);
  // nullopt when the chunk is no longer there.
  Result<std::optional<ChunkRow>> find(std::uint64_t id);
  // The same with its block hashes.
  Result<std::optional<ChunkRow>> find_with_blocks(std::uint64_t id);
  // Chunks whose ids follow `after`, ascending.
  Result<std::vector<ChunkRow>> after(std::uint64_t after, std::uint32_t limit);
  Result<std::vector<ChunkRow>> after_with_blocks(std::uint64_t after, std::uint32_t limit);
  // Chunks of one volume whose pages follow `after_page`, ascending.
  Result<std::vector<ChunkRow>> of_volume(std::uint32_t volume, std::uint64_t after_page,
                                          std::uint32_t limit);
  // False when the chunk is no longer at `from`.
  Result<bool> move(std::uint64_t id, const PagePlace& from, const PagePlace& to);
  // Removes chunks freed at or before `newest_sequence`; returns how many, at most `limit`.
  Result<std::uint64_t> delete_freed(std::uint64_t newest_sequence, std::uint32_t limit);

 private:
  Connection* catalog_;
};

}  // namespace fhirbin::storage
