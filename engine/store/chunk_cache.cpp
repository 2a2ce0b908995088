#include "engine/store/chunk_cache.h"

#include <algorithm>
#include <utility>

namespace fhirbin::store {

ChunkCache::Chunk ChunkCache::find(const chunk::ChunkMapEntry& entry) {
  const MutexLock lock(mutex_);
  const Checked* const kept = chunks_.find(entry.chunk_id);
  const bool fits =
      kept != nullptr && kept->hash == entry.hash && kept->chunk->size() == entry.length;
  return fits ? kept->chunk : nullptr;
}

void ChunkCache::keep(const chunk::ChunkMapEntry& entry, Chunk chunk) {
  const std::size_t bytes = chunk->size();
  const MutexLock lock(mutex_);
  chunks_.keep(entry.chunk_id, {.hash = entry.hash, .chunk = std::move(chunk)}, bytes);
}

bool ChunkCache::note_request(const chunk::ChunkMapEntry& entry) {
  const MutexLock lock(mutex_);
  if (std::ranges::find(requests_, entry.chunk_id) != requests_.end()) {
    return true;
  }
  requests_[oldest_request_] = entry.chunk_id;
  oldest_request_ = (oldest_request_ + 1) % requests_.size();
  return false;
}

void ChunkCache::clear() {
  const MutexLock lock(mutex_);
  requests_ = {};
  chunks_.clear();
}

}  // namespace fhirbin::store
