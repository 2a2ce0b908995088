#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "engine/util/bytes.h"
#include "engine/util/hash.h"

namespace fhirbin::chunk {

// A chunk's hash is a tree of two levels: hashes of blocks of kHashBlockBytes (the last may be
// shorter), and the hash of these. So a part of a chunk can be checked without the rest. Two SQLite
// pages to a block, for 16 bytes of the catalog.
inline constexpr std::size_t kHashBlockBytes = 32U << 10;

constexpr std::size_t count_hash_blocks(std::size_t chunk_bytes) noexcept {
  return (chunk_bytes + kHashBlockBytes - 1) / kHashBlockBytes;
}

// Whole blocks of a chunk.
struct BlockRange {
  std::size_t first = 0;   // the number of the first
  std::size_t offset = 0;  // where it begins in the chunk
  std::size_t length = 0;  // bytes of all
};

// The blocks that the `length` bytes from `offset` on lie in, of a chunk that holds them.
BlockRange blocks_around(std::size_t offset, std::size_t length, std::size_t chunk_bytes) noexcept;

// Makes `hashes` those of the blocks of `bytes`, reusing its memory.
void compute_block_hashes(const HashSecret& secret, ByteSpan bytes, std::vector<Hash128>& hashes);

// The hash of the chunk whose blocks have these hashes.
Hash128 combine_block_hashes(const HashSecret& secret, std::span<const Hash128> hashes) noexcept;

}  // namespace fhirbin::chunk
