#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "engine/chunk/chunk_map.h"
#include "engine/store/lru_cache.h"
#include "engine/util/byte_buffer.h"
#include "engine/util/hash.h"
#include "engine/util/mutex.h"

namespace fhirbin::store {

// Decoded and checked chunks that were read by themselves a moment ago, for ranges that follow in
// the same place: those of one reader, or of one for each request. The least recently used go
// first. Also remembers which chunks only a part was read of, to tell when more of one is wanted.
// Thread-safe.
class ChunkCache {
 public:
  using Chunk = std::shared_ptr<const ByteBuffer>;

  // As many as there are chunks of average size in a cache of 4 MiB.
  static constexpr std::size_t kRememberedRequests = 16;

  explicit ChunkCache(std::size_t max_bytes) noexcept : chunks_(max_bytes) {}

  // The chunk that a map names, if it is here and is what the map says; else nullptr.
  Chunk find(const chunk::ChunkMapEntry& entry);

  // Keeps `chunk`, which was checked against `entry`, as long as there is room.
  void keep(const chunk::ChunkMapEntry& entry, Chunk chunk);

  // Remembers that a part of that chunk was asked for; true if it is among the last
  // kRememberedRequests already.
  bool note_request(const chunk::ChunkMapEntry& entry);

  void clear();

 private:
  struct Checked {
    Hash128 hash;
    Chunk chunk;
  };

  Mutex mutex_;
  LruCache<std::uint64_t, Checked> chunks_ FHIRBIN_GUARDED_BY(mutex_);  // by their ids
  // Ids of chunks; 0 is nobody's.
  std::array<std::uint64_t, kRememberedRequests> requests_ FHIRBIN_GUARDED_BY(mutex_){};
  std::size_t oldest_request_ FHIRBIN_GUARDED_BY(mutex_) = 0;
};

}  // namespace fhirbin::store
