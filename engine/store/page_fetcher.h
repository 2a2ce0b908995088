#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/chunk/chunk_map.h"
#include "engine/codec/page_codec.h"
#include "engine/storage/catalog.h"
#include "engine/storage/chunk_table.h"
#include "engine/storage/volume_reader.h"
#include "engine/util/byte_buffer.h"
#include "fhirbin/error.h"

namespace fhirbin::store {

// Fetches chunks, wherever they lie now, and checks every byte against the chunk's hash. Reuses its
// buffers and its decoder. Thread-compatible.
class PageFetcher {
 public:
  PageFetcher(storage::Catalog& catalog, storage::VolumeReader& volumes) noexcept
      : catalog_(&catalog), volumes_(&volumes) {}

  // Makes `raw` the chunk that a map names, reusing its memory. Errors: kGone when it was
  // collected, kCorrupt.
  Result<void> fetch(const chunk::ChunkMapEntry& entry, ByteBuffer& raw);

  // The same for chunk `index` of `map`, for whoever goes on with those that follow: their rows are
  // looked up along with its own, and kept for the next calls. Always with the same map.
  Result<void> fetch_along(const chunk::ChunkMap& map, std::size_t index, ByteBuffer& raw);

  // Fills `out` with the bytes from `offset` on of the chunk that a map names, reading and checking
  // no more than the blocks they lie in. False where the chunk has to be fetched whole, and `out`
  // is left as it was: it is compressed, has one block, was moved or collected, or it or its row is
  // not what the map says, which that fetch will tell. Errors: kBusy, kReadOnly, kIo.
  Result<bool> fetch_part(const chunk::ChunkMapEntry& entry, std::size_t offset,
                          MutableByteSpan out);

  // Fills `raw` with chunk `id`, of raw.size() bytes and `hash`. Errors: kGone when it was
  // collected, kCorrupt.
  Result<void> fetch(std::uint64_t id, const Hash128& hash, MutableByteSpan raw);

  // The same for a chunk whose row is known already; looks it up again when it has moved.
  Result<void> fetch(const storage::ChunkRow& row, MutableByteSpan raw);

  // The page as stored, decoded into `raw` and checked, for copying it elsewhere. Valid as long as
  // that `raw`, until the next call.
  ByteSpan stored() const noexcept { return stored_; }

 private:
  Result<void> look_up_along(const chunk::ChunkMap& map, std::size_t index);
  Result<void> fetch_at(const storage::ChunkRow& row, const Hash128& hash, MutableByteSpan raw);

  storage::Catalog* catalog_;
  storage::VolumeReader* volumes_;
  codec::PageDecoder decoder_;
  std::vector<storage::ChunkRow> rows_;  // of the chunks of a map from rows_begin_ on
  std::size_t rows_begin_ = 0;
  std::vector<Hash128> block_hashes_;  // scratch
  ByteBuffer buffer_;
  ByteSpan stored_;  // buffer_, or the caller's memory
};

}  // namespace fhirbin::store
