#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "engine/chunk/chunk_map.h"
#include "engine/storage/version_record.h"
#include "engine/store/lru_cache.h"
#include "engine/util/hash.h"
#include "engine/util/mutex.h"

namespace fhirbin::store {

// Chunk maps that were loaded and checked a moment ago, for those who open a Reader for each range:
// the map of 1 GB has some 4,000 entries. The least recently used go first. Thread-safe.
class MapCache {
 public:
  using Map = std::shared_ptr<const chunk::ChunkMap>;

  explicit MapCache(std::size_t max_bytes) noexcept : maps_(max_bytes) {}

  // The map of the version whose record was read and checked just now, if it is here; else nullptr.
  Map find(const storage::VersionRecord& record);

  // Keeps `map`, which was checked against `record`, as long as there is room.
  void keep(const storage::VersionRecord& record, Map map);

  void clear();

 private:
  struct Checked {
    Hash128 map_hash;
    Map map;
  };

  Mutex mutex_;
  // By the sequence of the version, which is never another's.
  LruCache<std::uint64_t, Checked> maps_ FHIRBIN_GUARDED_BY(mutex_);
};

}  // namespace fhirbin::store
