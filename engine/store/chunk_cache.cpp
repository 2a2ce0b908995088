#include "engine/store/chunk_cache.h"

#include <iterator>
#include <utility>

namespace fhirbin::store {

ChunkCache::Chunk ChunkCache::find(std::uint64_t id, const Hash128& hash) {
  const MutexLock lock(mutex_);
  const auto found = by_id_.find(id);
  if (found == by_id_.end() || found->second->hash != hash) {
    return nullptr;
  }
  entries_.splice(entries_.begin(), entries_, found->second);
  return found->second->chunk;
}

void ChunkCache::keep(std::uint64_t id, const Hash128& hash, Chunk chunk) {
  const MutexLock lock(mutex_);
  if (const auto found = by_id_.find(id); found != by_id_.end()) {
    drop(found->second);
  }
  if (chunk->size() > max_bytes_) {
    return;
  }
  while (bytes_ + chunk->size() > max_bytes_) {
    drop(std::prev(entries_.end()));
  }
  // Without memory for either, nothing has happened.
  Entries fresh;
  fresh.push_front({.id = id, .hash = hash, .chunk = std::move(chunk)});
  by_id_.emplace(id, fresh.begin());
  bytes_ += fresh.front().chunk->size();
  entries_.splice(entries_.begin(), fresh);
}

void ChunkCache::drop(Entries::iterator entry) {
  bytes_ -= entry->chunk->size();
  by_id_.erase(entry->id);
  entries_.erase(entry);
}

}  // namespace fhirbin::store
