#include "engine/storage/store_paths.h"

#include <gtest/gtest.h>

namespace fhirbin::storage {
namespace {

TEST(StorePathsTest, VolumesHaveAtLeastEightDigits) {
  const StorePaths paths{.folder = "/store"};
  EXPECT_EQ(paths.volume(1), "/store/volumes/00000001.db");
  EXPECT_EQ(paths.volume(4'294'967'295), "/store/volumes/4294967295.db");
  EXPECT_EQ(paths.volume_journal(12), "/store/volumes/00000012.db-journal");
}

TEST(StorePathsTest, WhatSqliteAddsToTheCatalogBearsItsName) {
  const StorePaths paths{.folder = "/store"};
  EXPECT_EQ(paths.catalog_wal(), paths.catalog().string() + "-wal");
  EXPECT_EQ(paths.catalog_wal_index(), paths.catalog().string() + "-shm");
}

}  // namespace
}  // namespace fhirbin::storage
