#include "engine/store/lru_cache.h"

#include <string>

#include <gtest/gtest.h>

namespace fhirbin::store {
namespace {

using Cache = LruCache<int, std::string>;

std::string found(Cache& cache, int key) {
  const std::string* const value = cache.find(key);
  return value != nullptr ? *value : "-";
}

TEST(LruCacheTest, TheNewestValueOfAKeyIsKept) {
  Cache cache(10);
  cache.keep(1, "a", 6);
  cache.keep(1, "b", 7);
  EXPECT_EQ(found(cache, 1), "b");
  cache.keep(2, "c", 3);
  EXPECT_EQ(found(cache, 1), "b") << "the former value still takes room";
  EXPECT_EQ(found(cache, 2), "c");
}

TEST(LruCacheTest, TheLeastRecentlyUsedMakeRoom) {
  Cache cache(3);
  for (const int key : {1, 2, 3}) {
    cache.keep(key, "x", 1);
  }
  EXPECT_EQ(found(cache, 1), "x");
  cache.keep(4, "y", 2);
  EXPECT_EQ(found(cache, 2), "-");
  EXPECT_EQ(found(cache, 3), "-");
  EXPECT_EQ(found(cache, 1), "x");
  EXPECT_EQ(found(cache, 4), "y");
}

TEST(LruCacheTest, WhatHasNoRoomLeavesOthersAlone) {
  Cache cache(3);
  cache.keep(1, "x", 3);
  cache.keep(2, "y", 4);
  EXPECT_EQ(found(cache, 2), "-");
  EXPECT_EQ(found(cache, 1), "x");
  cache.keep(1, "z", 4);
  EXPECT_EQ(found(cache, 1), "-") << "replaced by what is not kept";
}

TEST(LruCacheTest, AnEmptiedOneHasAllItsRoom) {
  Cache cache(3);
  cache.keep(1, "x", 3);
  cache.clear();
  EXPECT_EQ(found(cache, 1), "-");
  cache.keep(2, "y", 3);
  EXPECT_EQ(found(cache, 2), "y");
}

}  // namespace
}  // namespace fhirbin::store
