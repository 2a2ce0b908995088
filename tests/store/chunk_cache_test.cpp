#include "engine/store/chunk_cache.h"

#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace fhirbin::store {
namespace {

constexpr std::size_t kSize = 100;

ChunkCache::Chunk make_chunk(std::size_t size = kSize) {
  return std::make_shared<ByteBuffer>(size, std::byte{1});
}

Hash128 hash_of(std::uint64_t number) { return compute_hash(number, {}); }

TEST(ChunkCacheTest, WhatWasKeptIsFoundUnderItsIdAndHashOnly) {
  ChunkCache cache(10 * kSize);
  const auto chunk = make_chunk();
  cache.keep(1, hash_of(1), chunk);
  EXPECT_EQ(cache.find(1, hash_of(1)), chunk);
  EXPECT_EQ(cache.find(1, hash_of(2)), nullptr);
  EXPECT_EQ(cache.find(2, hash_of(1)), nullptr);
}

TEST(ChunkCacheTest, TheLeastRecentlyUsedGoFirst) {
  ChunkCache cache(3 * kSize);
  for (const std::uint64_t id : {1U, 2U, 3U}) {
    cache.keep(id, hash_of(id), make_chunk());
  }
  EXPECT_NE(cache.find(1, hash_of(1)), nullptr);
  cache.keep(4, hash_of(4), make_chunk());
  EXPECT_EQ(cache.find(2, hash_of(2)), nullptr);
  for (const std::uint64_t id : {1U, 3U, 4U}) {
    EXPECT_NE(cache.find(id, hash_of(id)), nullptr) << id;
  }
}

TEST(ChunkCacheTest, ALargeOneDrivesOutAsManyAsItNeeds) {
  ChunkCache cache(3 * kSize);
  for (const std::uint64_t id : {1U, 2U, 3U}) {
    cache.keep(id, hash_of(id), make_chunk());
  }
  cache.keep(4, hash_of(4), make_chunk(2 * kSize));
  EXPECT_EQ(cache.find(1, hash_of(1)), nullptr);
  EXPECT_EQ(cache.find(2, hash_of(2)), nullptr);
  EXPECT_NE(cache.find(3, hash_of(3)), nullptr);
  EXPECT_NE(cache.find(4, hash_of(4)), nullptr);
}

TEST(ChunkCacheTest, WhatIsLargerThanAllRoomIsNotKeptAndDrivesNothingOut) {
  ChunkCache cache(3 * kSize);
  cache.keep(1, hash_of(1), make_chunk());
  cache.keep(2, hash_of(2), make_chunk(4 * kSize));
  EXPECT_EQ(cache.find(2, hash_of(2)), nullptr);
  EXPECT_NE(cache.find(1, hash_of(1)), nullptr);
}

TEST(ChunkCacheTest, KeepingAnIdAgainReplacesItAndCountsItOnce) {
  ChunkCache cache(3 * kSize);
  cache.keep(2, hash_of(2), make_chunk());
  const auto newer = make_chunk();
  for (int i = 0; i < 10; ++i) {
    cache.keep(1, hash_of(1), newer);
  }
  EXPECT_EQ(cache.find(1, hash_of(1)), newer);
  EXPECT_NE(cache.find(2, hash_of(2)), nullptr);
}

TEST(ChunkCacheTest, AChunkInUseOutlivesItsPlace) {
  ChunkCache cache(kSize);
  cache.keep(1, hash_of(1), make_chunk());
  const auto used = cache.find(1, hash_of(1));
  cache.keep(2, hash_of(2), make_chunk());
  EXPECT_EQ(cache.find(1, hash_of(1)), nullptr);
  EXPECT_EQ(used->size(), kSize);
}

TEST(ChunkCacheTest, ManyThreadsShareIt) {
  ChunkCache cache(8 * kSize);
  {
    std::vector<std::jthread> threads;
    for (std::uint64_t thread = 0; thread < 4; ++thread) {
      threads.emplace_back([&cache, thread] {
        for (std::uint64_t i = 0; i < 2000; ++i) {
          const std::uint64_t id = (i * 7 + thread) % 20;
          if (const auto found = cache.find(id, hash_of(id))) {
            EXPECT_EQ(found->size(), kSize + id);
          } else {
            cache.keep(id, hash_of(id), make_chunk(kSize + id));
          }
        }
      });
    }
  }
  std::size_t kept = 0;
  for (std::uint64_t id = 0; id < 20; ++id) {
    kept += cache.find(id, hash_of(id)) != nullptr ? 1U : 0U;
  }
  EXPECT_GT(kept, 0U);
  EXPECT_LE(kept, 8U);
}

}  // namespace
}  // namespace fhirbin::store
