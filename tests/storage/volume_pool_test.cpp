#include "engine/storage/volume_pool.h"

#include "tests/storage/filled_volume.h"

namespace fhirbin::storage {
namespace {

using namespace volume_test;
using std::chrono::steady_clock;
using namespace std::chrono_literals;

TEST(VolumePoolTest, ASealedVolumeStaysReadableWhileUnlinkedUntilItIsForgotten) {
  const TestStore store;
  fill_and_seal(store, 1, 5);
  VolumeReader reader(store.context, false);
  EXPECT_EQ(read_page(reader, {1, 1, true}), ErrorCode{});
  std::filesystem::remove(store.context.paths.volume(1));
  for (std::uint64_t page = 1; page <= 5; ++page) {
    EXPECT_EQ(read_page(reader, {1, page, true}), ErrorCode{});
  }
  reader.forget(1);
  EXPECT_EQ(read_page(reader, {1, 1, true}), ErrorCode::kGone);
}

// Whether this process has a deleted file open.
bool holds_deleted_files() {
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code error;
    const auto target = std::filesystem::read_symlink(entry.path(), error);
    if (target.string().ends_with(".db (deleted)")) {
      return true;
    }
  }
  return false;
}

TEST(VolumePoolTest, ADroppedVolumeIsLetGoWithinSecondsIdleOrInConstantUse) {
  const TestStore store;
  fill_and_seal(store, 1, 1);
  fill_and_seal(store, 2, 1);
  fill_and_seal(store, 3, 1);
  VolumeReader reader(store.context, false);
  EXPECT_EQ(read_page(reader, {1, 1, true}), ErrorCode{});
  EXPECT_EQ(read_page(reader, {2, 1, true}), ErrorCode{});
  std::filesystem::remove(store.context.paths.volume(1));
  std::filesystem::remove(store.context.paths.volume(2));
  EXPECT_TRUE(holds_deleted_files());
  const auto begin = steady_clock::now();
  while (read_page(reader, {1, 1, true}) == ErrorCode{}) {
    ASSERT_LT(steady_clock::now() - begin, 20s);
    std::this_thread::sleep_for(50ms);
  }
  EXPECT_GE(steady_clock::now() - begin, 4s);
  while (holds_deleted_files()) {
    ASSERT_LT(steady_clock::now() - begin, 20s);
    std::this_thread::sleep_for(50ms);
    EXPECT_EQ(read_page(reader, {3, 1, true}), ErrorCode{});  // any use lets go of idle ones
  }
}

TEST(VolumePoolTest, IdleConnectionsStayFewHoweverManyVolumesAreRead) {
  const TestStore store;
  VolumeReader reader(store.context, false);
  for (std::uint32_t number = 1; number <= 24; ++number) {
    fill_and_seal(store, number, 1);
    EXPECT_EQ(read_page(reader, {number, 1, true}), ErrorCode{});
  }
  std::size_t open = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code error;
    open += std::filesystem::read_symlink(entry.path(), error).extension() == ".db" ? 1U : 0U;
  }
  EXPECT_LE(open, 16U);
  EXPECT_GE(open, 8U) << "nothing is pooled";
  for (std::uint32_t number = 1; number <= 24; ++number) {
    EXPECT_EQ(read_page(reader, {number, 1, true}), ErrorCode{});
  }
}

}  // namespace
}  // namespace fhirbin::storage
