#pragma once

#include <cstdint>
#include <vector>

#include "engine/storage/chunk_table.h"
#include "engine/storage/version_record.h"
#include "engine/util/bytes.h"
#include "engine/util/hash.h"

namespace fhirbin::store {

// One chunk of content that waits for its version: a live chunk to share, or a page of its own.
struct StagedChunk {
  Hash128 hash;
  std::uint32_t length = 0;         // decoded bytes
  std::uint64_t shared_id = 0;      // the live chunk with the same bytes, or 0
  std::uint32_t stored_length = 0;  // of its own page
  std::uint8_t codec = 0;
  std::vector<Hash128> block_hashes = {};  // where a reader may take parts of the page
  storage::PagePlace place;
};

// The books of a volume that staged pages went into.
struct VolumeBooks {
  std::uint32_t number = 0;
  std::uint64_t pages = 0;
  std::uint64_t stored_bytes = 0;
};

// Content on its way in: durable or in memory, named by no version yet.
struct StagedContent {
  std::uint64_t size_bytes = 0;
  Hash128 digest;  // seed 0
  storage::Placement placement = storage::Placement::kNone;
  // Inline:
  std::uint8_t inline_codec = 0;
  ByteVector inline_stored;
  // Chunks, in order; an entry that repeats an earlier one of the same upload has the same place.
  std::vector<StagedChunk> chunks;
  std::vector<VolumeBooks> volumes;
};

}  // namespace fhirbin::store
