#include "engine/store/chunk_cache.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace fhirbin::store {

ChunkCache::Chunk ChunkCache::find(const chunk::ChunkMapEntry& entry) {
  const MutexLock lock(mutex_);
  const auto found = by_id_.find(entry.chunk_id);
  if (found == by_id_.end() || found->second->hash != entry.hash ||
      found->second->chunk->size() != entry.length) {
    return nullptr;
  }
  entries_.splice(entries_.begin(), entries_, found->second);
  return found->second->chunk;
}

void ChunkCache::keep(const chunk::ChunkMapEntry& entry, Chunk chunk) {
  const MutexLock lock(mutex_);
  if (const auto found = by_id_.find(entry.chunk_id); found != by_id_.end()) {
    drop(found->second);
  }
  if (chunk->size() > max_bytes_) {
    return;
  }
  while (bytes_ + chunk->size() > max_bytes_) {
    drop(std::prev(entries_.end()));
  }
  // Made first, so that without memory the list and its index still agree.
  Entries fresh;
  fresh.push_front({.id = entry.chunk_id, .hash = entry.hash, .chunk = std::move(chunk)});
  by_id_.emplace(entry.chunk_id, fresh.begin());
  bytes_ += fresh.front().chunk->size();
  entries_.splice(entries_.begin(), fresh);
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
  by_id_.clear();
  entries_.clear();
  bytes_ = 0;
}

void ChunkCache::drop(Entries::iterator entry) {
  bytes_ -= entry->chunk->size();
  by_id_.erase(entry->id);
  entries_.erase(entry);
}

}  // namespace fhirbin::store
