#include "engine/store/chunk_cache.h"

#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace fhirbin::store {
namespace {

constexpr std::size_t kSize = 10'000;
constexpr std::size_t kEntry = kSize + kLruEntryBytes;

ChunkCache::Chunk make_chunk(std::size_t size = kSize) {
  return std::make_shared<ByteBuffer>(size, std::byte{1});
}

Hash128 hash_of(std::uint64_t number) { return compute_hash(number, {}); }

chunk::ChunkMapEntry entry_of(std::uint64_t id, std::size_t size = kSize) {
  return {.chunk_id = id, .length = static_cast<std::uint32_t>(size), .hash = hash_of(id)};
}

TEST(ChunkCacheTest, WhatWasKeptIsFoundUnderItsIdHashAndLengthOnly) {
  ChunkCache cache(10 * kEntry);
  const auto chunk = make_chunk();
  const chunk::ChunkMapEntry entry = entry_of(1);
  cache.keep(entry, chunk);
  EXPECT_EQ(cache.find(entry), chunk);
  chunk::ChunkMapEntry other = entry;
  other.hash = hash_of(2);
  EXPECT_EQ(cache.find(other), nullptr);
  other = entry;
  other.chunk_id = 2;
  EXPECT_EQ(cache.find(other), nullptr);
  for (const std::uint32_t length : {9'999U, 10'001U}) {
    other = entry;
    other.length = length;
    EXPECT_EQ(cache.find(other), nullptr) << length;
  }
}

TEST(ChunkCacheTest, TheLastRequestsAreRemembered) {
  ChunkCache cache(kEntry);
  EXPECT_FALSE(cache.note_request(entry_of(1)));
  EXPECT_TRUE(cache.note_request(entry_of(1)));
  for (std::uint64_t id = 2; id <= ChunkCache::kRememberedRequests; ++id) {
    EXPECT_FALSE(cache.note_request(entry_of(id)));
  }
  EXPECT_TRUE(cache.note_request(entry_of(1)));
  EXPECT_FALSE(cache.note_request(entry_of(900)));
  EXPECT_FALSE(cache.note_request(entry_of(1))) << "driven out";
  cache.clear();
  EXPECT_FALSE(cache.note_request(entry_of(900)));
}

TEST(ChunkCacheTest, TheLeastRecentlyUsedGoFirst) {
  ChunkCache cache(3 * kEntry);
  for (const std::uint64_t id : {1U, 2U, 3U}) {
    cache.keep(entry_of(id), make_chunk());
  }
  EXPECT_NE(cache.find(entry_of(1)), nullptr);
  cache.keep(entry_of(4), make_chunk());
  EXPECT_EQ(cache.find(entry_of(2)), nullptr);
  for (const std::uint64_t id : {1U, 3U, 4U}) {
    EXPECT_NE(cache.find(entry_of(id)), nullptr) << id;
  }
}

TEST(ChunkCacheTest, ALargeOneDrivesOutAsManyAsItNeeds) {
  ChunkCache cache(3 * kEntry);
  for (const std::uint64_t id : {1U, 2U, 3U}) {
    cache.keep(entry_of(id), make_chunk());
  }
  cache.keep(entry_of(4, 2 * kSize), make_chunk(2 * kSize));
  EXPECT_EQ(cache.find(entry_of(1)), nullptr);
  EXPECT_EQ(cache.find(entry_of(2)), nullptr);
  EXPECT_NE(cache.find(entry_of(3)), nullptr);
  EXPECT_NE(cache.find(entry_of(4, 2 * kSize)), nullptr);
}

TEST(ChunkCacheTest, WhatIsLargerThanAllRoomIsNotKeptAndDrivesNothingOut) {
  ChunkCache cache(3 * kEntry);
  cache.keep(entry_of(1), make_chunk());
  cache.keep(entry_of(2, 4 * kSize), make_chunk(4 * kSize));
  EXPECT_EQ(cache.find(entry_of(2, 4 * kSize)), nullptr);
  EXPECT_NE(cache.find(entry_of(1)), nullptr);
}

TEST(ChunkCacheTest, KeepingAnIdAgainReplacesItAndCountsItOnce) {
  ChunkCache cache(3 * kEntry);
  cache.keep(entry_of(2), make_chunk());
  const auto newer = make_chunk();
  for (int i = 0; i < 10; ++i) {
    cache.keep(entry_of(1), newer);
  }
  EXPECT_EQ(cache.find(entry_of(1)), newer);
  EXPECT_NE(cache.find(entry_of(2)), nullptr);
}

TEST(ChunkCacheTest, AChunkInUseOutlivesItsPlace) {
  ChunkCache cache(kEntry);
  cache.keep(entry_of(1), make_chunk());
  const auto used = cache.find(entry_of(1));
  cache.keep(entry_of(2), make_chunk());
  EXPECT_EQ(cache.find(entry_of(1)), nullptr);
  EXPECT_EQ(used->size(), kSize);
}

TEST(ChunkCacheTest, AClearedCacheHoldsNothingAndTakesAsMuchAgain) {
  ChunkCache cache(2 * kEntry);
  cache.keep(entry_of(1), make_chunk());
  cache.clear();
  EXPECT_EQ(cache.find(entry_of(1)), nullptr);
  for (const std::uint64_t id : {2U, 3U}) {
    cache.keep(entry_of(id), make_chunk());
  }
  for (const std::uint64_t id : {2U, 3U}) {
    EXPECT_NE(cache.find(entry_of(id)), nullptr) << id;
  }
}

TEST(ChunkCacheTest, ManyThreadsShareIt) {
  ChunkCache cache(8 * kEntry);
  {
    std::vector<std::jthread> threads;
    for (std::uint64_t thread = 0; thread < 4; ++thread) {
      threads.emplace_back([&cache, thread] {
        for (std::uint64_t i = 0; i < 2000; ++i) {
          const std::uint64_t id = (i * 7 + thread) % 20;
          if (const auto found = cache.find(entry_of(id, kSize + id))) {
            EXPECT_EQ(found->size(), kSize + id);
          } else {
            cache.keep(entry_of(id, kSize + id), make_chunk(kSize + id));
          }
        }
      });
    }
  }
  std::size_t kept = 0;
  for (std::uint64_t id = 0; id < 20; ++id) {
    kept += cache.find(entry_of(id, kSize + id)) != nullptr ? 1U : 0U;
  }
  EXPECT_GT(kept, 0U);
  EXPECT_LE(kept, 8U);
}

}  // namespace
}  // namespace fhirbin::store
