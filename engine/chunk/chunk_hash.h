#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "engine/util/bytes.h"
#include "engine/util/hash.h"

namespace fhirbin::chunk {

// A chunk is hashed in blocks of so many bytes (the last may be shorter), and its hash is that of
// the blocks' hashes: so a part of a chunk can be checked without the rest.
inline constexpr std::size_t kHashBlockBytes = 32U << 10;

constexpr std::size_t count_hash_blocks(std::size_t chunk_bytes) noexcept {
  return (chunk_bytes + kHashBlockBytes - 1) / kHashBlockBytes;
}

// Makes `hashes` those of the blocks of `bytes`, reusing its memory.
void hash_blocks(const HashSecret& secret, ByteSpan bytes, std::vector<Hash128>& hashes);

// The hash of the chunk whose blocks have these hashes.
Hash128 combine_block_hashes(const HashSecret& secret, std::span<const Hash128> hashes) noexcept;

// The hash of a chunk that lies in memory.
Hash128 compute_chunk_hash(const HashSecret& secret, ByteSpan bytes);

}  // namespace fhirbin::chunk
