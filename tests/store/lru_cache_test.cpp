#include "engine/store/lru_cache.h"

#include <string>

#include <gtest/gtest.h>

namespace fhirbin::store {
namespace {

using Cache = LruCache<int, std::string>;
constexpr std::size_t kUnit = 1'000;  // with what the entry takes beside its value

std::size_t units(std::size_t count) { return (count * kUnit) - kLruEntryBytes; }

std::string found(Cache& cache, int key) {
  const std::string* const value = cache.find(key);
  return value != nullptr ? *value : "-";
}

TEST(LruCacheTest, TheNewestValueOfAKeyIsKept) {
  Cache cache(10 * kUnit);
  cache.keep(1, "a", units(6));
  cache.keep(1, "b", units(7));
  EXPECT_EQ(found(cache, 1), "b");
  cache.keep(2, "c", units(3));
  EXPECT_EQ(found(cache, 1), "b") << "the former value still takes room";
  EXPECT_EQ(found(cache, 2), "c");
}

TEST(LruCacheTest, TheLeastRecentlyUsedMakeRoom) {
  Cache cache(3 * kUnit);
  for (const int key : {1, 2, 3}) {
    cache.keep(key, "x", units(1));
  }
  EXPECT_EQ(found(cache, 1), "x");
  cache.keep(4, "y", units(2));
  EXPECT_EQ(found(cache, 2), "-");
  EXPECT_EQ(found(cache, 3), "-");
  EXPECT_EQ(found(cache, 1), "x");
  EXPECT_EQ(found(cache, 4), "y");
}

TEST(LruCacheTest, WhatHasNoRoomLeavesOthersAlone) {
  Cache cache(3 * kUnit);
  cache.keep(1, "x", units(3));
  cache.keep(2, "y", units(4));
  EXPECT_EQ(found(cache, 2), "-");
  EXPECT_EQ(found(cache, 1), "x");
  cache.keep(1, "z", units(4));
  EXPECT_EQ(found(cache, 1), "-") << "replaced by what is not kept";
}

TEST(LruCacheTest, EmptyValuesTakeRoomToo) {
  Cache cache(10 * kLruEntryBytes);
  for (int key = 0; key < 100; ++key) {
    cache.keep(key, "x", 0);
  }
  EXPECT_EQ(found(cache, 89), "-");
  EXPECT_EQ(found(cache, 90), "x");
}

TEST(LruCacheTest, AnEmptiedOneHasAllItsRoom) {
  Cache cache(3 * kUnit);
  cache.keep(1, "x", units(3));
  cache.clear();
  EXPECT_EQ(found(cache, 1), "-");
  cache.keep(2, "y", units(3));
  EXPECT_EQ(found(cache, 2), "y");
}

}  // namespace
}  // namespace fhirbin::store
