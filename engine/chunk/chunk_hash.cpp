#include "engine/chunk/chunk_hash.h"

#include <algorithm>

namespace fhirbin::chunk {

BlockRange blocks_around(std::size_t offset, std::size_t length, std::size_t chunk_bytes) noexcept {
  const std::size_t first = offset / kHashBlockBytes;
  const std::size_t begin = first * kHashBlockBytes;
  const std::size_t end =
      std::min(chunk_bytes, count_hash_blocks(offset + length) * kHashBlockBytes);
  return {.first = first, .offset = begin, .length = end - begin};
}

void compute_block_hashes(const HashSecret& secret, ByteSpan bytes, std::vector<Hash128>& hashes) {
  hashes.clear();
  while (!bytes.empty()) {
    const ByteSpan block = bytes.first(std::min(bytes.size(), kHashBlockBytes));
    hashes.push_back(compute_hash(secret, block));
    bytes = bytes.subspan(block.size());
  }
}

Hash128 combine_block_hashes(const HashSecret& secret, std::span<const Hash128> hashes) noexcept {
  static_assert(sizeof(Hash128) == sizeof(Hash128::bytes), "hashes lie side by side");
  return compute_hash(secret, std::as_bytes(hashes));
}

}  // namespace fhirbin::chunk
