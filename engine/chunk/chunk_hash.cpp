#include "engine/chunk/chunk_hash.h"

#include <algorithm>

namespace fhirbin::chunk {

void hash_blocks(const HashSecret& secret, ByteSpan bytes, std::vector<Hash128>& hashes) {
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

Hash128 compute_chunk_hash(const HashSecret& secret, ByteSpan bytes) {
  std::vector<Hash128> hashes;
  hash_blocks(secret, bytes, hashes);
  return combine_block_hashes(secret, hashes);
}

}  // namespace fhirbin::chunk
