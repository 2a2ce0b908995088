#include "engine/store/map_cache.h"

#include <utility>

namespace fhirbin::store {

MapCache::Map MapCache::find(const storage::VersionRecord& record) {
  const MutexLock lock(mutex_);
  const Checked* const kept = maps_.find(record.sequence);
  return kept != nullptr && kept->map_hash == record.map_hash ? kept->map : nullptr;
}

void MapCache::keep(const storage::VersionRecord& record, Map map) {
  const std::size_t bytes = map->memory_bytes();
  const MutexLock lock(mutex_);
  maps_.keep(record.sequence, {.map_hash = record.map_hash, .map = std::move(map)}, bytes);
}

void MapCache::clear() {
  const MutexLock lock(mutex_);
  maps_.clear();
}

}  // namespace fhirbin::store
