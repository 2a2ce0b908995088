#include "engine/store/map_cache.h"

#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace fhirbin::store {
namespace {

MapCache::Map make_map(std::size_t chunks) {
  chunk::ChunkMap map;
  for (std::size_t i = 1; i <= chunks; ++i) {
    map.append({.chunk_id = i, .length = 10, .hash = {}});
  }
  return std::make_shared<const chunk::ChunkMap>(std::move(map));
}

storage::VersionRecord record_of(std::uint64_t sequence) {
  storage::VersionRecord record;
  record.sequence = sequence;
  record.map_hash = compute_hash(sequence, {});
  return record;
}

std::size_t room_for(std::size_t chunks) {
  return make_map(chunks)->memory_bytes() + kLruEntryBytes;
}

TEST(MapCacheTest, AMapIsFoundForItsVersionAndHashOnly) {
  MapCache cache(room_for(100));
  const MapCache::Map map = make_map(3);
  cache.keep(record_of(1), map);
  EXPECT_EQ(cache.find(record_of(1)), map);
  EXPECT_EQ(cache.find(record_of(2)), nullptr);
  storage::VersionRecord other = record_of(1);
  other.map_hash = compute_hash(2, {});
  EXPECT_EQ(cache.find(other), nullptr);
  cache.clear();
  EXPECT_EQ(cache.find(record_of(1)), nullptr);
}

TEST(MapCacheTest, MapsTakeNoMoreThanTheirRoom) {
  MapCache cache(room_for(50) + room_for(50));
  cache.keep(record_of(1), make_map(50));
  cache.keep(record_of(2), make_map(50));
  EXPECT_NE(cache.find(record_of(1)), nullptr);
  cache.keep(record_of(3), make_map(1));
  EXPECT_EQ(cache.find(record_of(2)), nullptr) << "the least recently used";
  EXPECT_NE(cache.find(record_of(1)), nullptr);
  cache.keep(record_of(4), make_map(200));
  EXPECT_EQ(cache.find(record_of(4)), nullptr) << "larger than all room";
  EXPECT_NE(cache.find(record_of(3)), nullptr);
}

TEST(MapCacheTest, AMapInUseOutlivesItsPlace) {
  MapCache cache(room_for(5));
  cache.keep(record_of(1), make_map(5));
  const MapCache::Map map = cache.find(record_of(1));
  cache.keep(record_of(2), make_map(5));
  cache.clear();
  EXPECT_EQ(map->count(), 5U);
}

TEST(MapCacheTest, ManyThreadsShareOne) {
  MapCache cache(room_for(5) + room_for(5));
  std::vector<std::jthread> threads;
  threads.reserve(4);
  for (std::uint64_t seed = 0; seed < 4; ++seed) {
    threads.emplace_back([&cache, seed] {
      for (std::uint64_t i = 0; i < 2'000; ++i) {
        const std::uint64_t sequence = 1 + ((seed + i) % 5);
        cache.keep(record_of(sequence), make_map(sequence));
        const MapCache::Map map = cache.find(record_of(sequence));
        EXPECT_TRUE(map == nullptr || map->count() == sequence);
      }
    });
  }
}

}  // namespace
}  // namespace fhirbin::store
