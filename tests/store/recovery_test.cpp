#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "engine/storage/catalog.h"
#include "engine/storage/store_folder.h"
#include "engine/storage/volume_table.h"
#include "engine/storage/volume_writer.h"
#include "tests/support/file_text.h"
#include "tests/support/result_matchers.h"
#include "tests/support/temporary_store.h"

// Stores as a crash leaves them between two steps.
namespace fhirbin::testing {
namespace {

storage::VolumeContext volume_context(const storage::Catalog& catalog) {
  return {.paths = catalog.paths(),
          .store_id = catalog.settings().store_id,
          .sqlite_page_bytes = catalog.settings().volume_page_bytes};
}

// SQLite checkpoints in the order of page numbers, so page 1, which tells how many pages the file
// has, arrives before the pages that make it so long.
TEST(RecoveryTest, AStoreOpensAfterACrashAtAnyPointOfACheckpoint) {
  TemporaryStore store;
  std::vector<std::string> ids;
  for (std::uint64_t i = 0; i < 20; ++i) {
    ids.push_back(put(*store, random_bytes(10'000, i))->id);
  }
  const std::filesystem::path catalog = store.path() / "catalog.db";
  const std::string wal = file_text(catalog.string() + "-wal");
  const std::string before = file_text(catalog);
  store.close();
  const std::string after = file_text(catalog);
  ASSERT_GT(after.size(), before.size() + 20 * storage::kCatalogPageBytes);

  for (std::size_t moved = 0; moved <= after.size(); moved += storage::kCatalogPageBytes) {
    if (moved > 8 * storage::kCatalogPageBytes && moved % (8 * storage::kCatalogPageBytes) != 0) {
      continue;
    }
    SCOPED_TRACE(moved);
    std::string torn = before;
    torn.replace(0, std::min(moved, torn.size()), after, 0, moved);
    write_file(catalog, torn);
    write_file(catalog.string() + "-wal", wal);
    std::filesystem::remove(catalog.string() + "-shm");
    auto opened = Store::open(store.path());
    ASSERT_THAT(opened, is_ok());
    for (std::uint64_t i = 0; i < ids.size(); ++i) {
      EXPECT_EQ(*read_all(*opened, ids[i]), random_bytes(10'000, i));
    }
  }
}

TEST(RecoveryTest, AVolumeSealedInItsFileAndNotInTheBooksIsSealedByWhoeverComesNext) {
  TemporaryStore store({}, {}, small_volumes(1U << 20));
  const std::string id = put(*store, random_bytes(600'000, 1))->id;
  store.close();
  {
    auto catalog = storage::Catalog::open({store.path()}, {}).value();
    auto lane = storage::VolumeWriter::take(volume_context(*catalog), 1, false).value().value();
    ASSERT_THAT(lane.seal(), is_ok());
  }
  store.reopen();
  EXPECT_THAT(put(*store, random_bytes(300'000, 2)), is_ok());
  const auto volumes = store->layout()->volumes;
  ASSERT_EQ(volumes.size(), 2U);
  EXPECT_EQ(volumes[0].state, "sealed");
  EXPECT_EQ(volumes[1].state, "filling");
  EXPECT_THAT(store->collect_garbage(), is_ok());
  EXPECT_EQ(*read_all(*store, id), random_bytes(600'000, 1));
  EXPECT_EQ(store->verify()->damage_count, 0U);
}

// Its next pages would get numbers that the catalog gave to pages it has lost.
TEST(RecoveryTest, AVolumeThatLostPagesTakesNoMore) {
  TemporaryStore store;
  const std::string first = put(*store, random_bytes(600'000, 1))->id;
  store.close();
  const std::string older = file_text(store.path() / "volumes" / "00000001.db");
  store.reopen();
  const std::string second = put(*store, random_bytes(900'000, 2))->id;
  store.close();
  write_file(store.path() / "volumes" / "00000001.db", older);
  store.reopen();
  const auto third = put(*store, random_bytes(700'000, 3));
  ASSERT_THAT(third, is_ok());
  EXPECT_EQ(*read_all(*store, first), random_bytes(600'000, 1));
  EXPECT_THAT(read_all(*store, second), is_error(ErrorCode::kCorrupt));
  EXPECT_EQ(*read_all(*store, third->id), random_bytes(700'000, 3));
  EXPECT_EQ(store->layout()->volumes.size(), 2U);
}

TEST(RecoveryTest, AStoreIsMadeBelowAFolderThatIsALink) {
  TemporaryFolder folder;
  std::filesystem::create_directory(folder.path() / "real");
  std::filesystem::create_directory_symlink(folder.path() / "real", folder.path() / "link");
  auto store = Store::create(folder.path() / "link" / "test.fhirbin");
  ASSERT_THAT(store, is_ok());
  EXPECT_THAT(put(*store, random_bytes(400'000, 1)), is_ok());
}

}  // namespace
}  // namespace fhirbin::testing
