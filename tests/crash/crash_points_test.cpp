#include <algorithm>
#include <map>

#include <gtest/gtest.h>

#include "tests/crash/child_process.h"
#include "tests/crash/system_calls.h"
#include "tests/support/folder_image.h"
#include "tests/support/result_matchers.h"
#include "tests/support/temporary_store.h"
#include "tests/support/test_environment.h"

namespace fhirbin::testing {
namespace {

constexpr std::uint64_t kVolumeBytes = 250'000;
constexpr int kFinished = 0;
constexpr int kFailed = 1;

store::Environment environment() { return small_chunks(kVolumeBytes); }

// A store in which there is something of everything to do, and what must outlive all of it.
struct Scene {
  TemporaryFolder folder;
  std::map<std::string, ByteVector> kept;
  std::string dead;    // its volume has nothing else
  std::string sparse;  // its volume has a little of another
  std::string long_lived;

  std::filesystem::path original() const { return folder.path() / "original.fhirbin"; }
  std::filesystem::path copy() const { return folder.path() / "copy.fhirbin"; }

  Scene() {
    auto store = Store::Impl::create(original(), {}, {}, environment()).value();
    dead = put(store, random_bytes(300'000, 1))->id;
    const ByteVector small = random_bytes(140'000, 2);
    kept.emplace(put(store, small)->id, small);
    sparse = put(store, random_bytes(160'000, 3))->id;
    long_lived = put(store, as_bytes("0"))->id;
    for (std::uint64_t i = 0; i < 5; ++i) {
      EXPECT_THAT(replace(store, long_lived, random_bytes(150'000 * (i % 2), i)), is_ok());
    }
    const ByteVector last = random_bytes(3000, 9);
    EXPECT_THAT(replace(store, long_lived, last), is_ok());
    kept.emplace(long_lived, last);
  }

  // A fresh copy, so that each crash starts from the same state.
  void reset() const {
    std::filesystem::remove_all(copy());
    std::filesystem::copy(original(), copy(), std::filesystem::copy_options::recursive);
  }
};

// Everything that moves or removes files: purges, drops, a compaction, an upload that seals
// volumes, and the closing.
Result<void> do_all(const Scene& scene) {
  FHIRBIN_TRY_ASSIGN(auto store, Store::Impl::open(scene.copy(), {}, environment()));
  for (const std::string& id : {scene.dead, scene.sparse}) {
    FHIRBIN_TRY(remove_and_purge(store, id));
  }
  FHIRBIN_TRY(store.purge_history(scene.long_lived));
  FHIRBIN_TRY(store.collect_garbage());
  FHIRBIN_TRY(put(store, random_bytes(400'000, 77)));
  return store.close();
}

// Whether the file says so: the user_version in the header of the database is 1.
bool file_is_sealed(const std::filesystem::path& store, std::uint64_t number) {
  const storage::StorePaths paths{store};
  const std::string header = file_text(paths.volume(static_cast<std::uint32_t>(number)));
  return header.size() > 63 && header[63] == 1;
}

// What any crash must leave: all that was kept, no damage, and a store in which all can be done
// again and leaves nothing behind.
void expect_whole(const Scene& scene) {
  {
    auto store = Store::Impl::open(scene.copy(), {}, environment());
    ASSERT_THAT(store, is_ok());
    const auto report = store->verify();
    ASSERT_THAT(report, is_ok());
    ASSERT_EQ(report->damage_count, 0U) << report->damages.front().what;
    EXPECT_EQ(store->stats()->pins, 0U);
  }
  ASSERT_THAT(do_all(scene), is_ok());
  auto store = Store::Impl::open(scene.copy(), {}, environment());
  ASSERT_THAT(store, is_ok());
  ASSERT_THAT(store->collect_garbage(), is_ok());
  for (const auto& [id, bytes] : scene.kept) {
    const auto read = read_all(*store, id);
    ASSERT_THAT(read, is_ok());
    EXPECT_TRUE(equal_bytes(*read, bytes));
  }
  const auto report = store->verify();
  ASSERT_THAT(report, is_ok());
  EXPECT_EQ(report->damage_count, 0U) << report->damages.front().what;
  const auto stats = store->stats();
  EXPECT_LT(stats->reclaimable_bytes, 2 * kVolumeBytes);
  const auto layout = store->layout();
  for (const VolumeLayout& volume : layout->volumes) {
    EXPECT_EQ(volume.state == "sealed", file_is_sealed(scene.copy(), volume.number))
        << volume.number;
  }
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(scene.copy() / "volumes")) {
    if (entry.path().extension() == ".db") {
      names.push_back(entry.path().filename());
    }
  }
  EXPECT_EQ(names.size(), stats->volumes) << "a file that no row names, or a row without its file";
}

// How many points there are.
int count_points(const Scene& scene, SystemCalls::Points points) {
  scene.reset();
  int pipe[2] = {};
  EXPECT_EQ(::pipe(pipe), 0);
  ChildProcess child([&] {
    const int before = SystemCalls::count_of(points);
    const int outcome = do_all(scene) ? kFinished : kFailed;
    const int count = SystemCalls::count_of(points) - before;
    return ::write(pipe[1], &count, sizeof count) == sizeof count ? outcome : kFailed;
  });
  int count = 0;
  EXPECT_EQ(::read(pipe[0], &count, sizeof count), static_cast<ssize_t>(sizeof count));
  EXPECT_EQ(child.wait(), kFinished);
  ::close(pipe[0]);
  ::close(pipe[1]);
  return count;
}

void crash_at(const Scene& scene, SystemCalls::Points points, int nth) {
  SCOPED_TRACE(nth);
  scene.reset();
  ChildProcess child([&] {
    SystemCalls::die_before(points, nth);
    return do_all(scene) ? kFinished : kFailed;
  });
  const auto status = child.wait();
  EXPECT_NE(status, kFailed);
  expect_whole(scene);
}

// Several tests share the points, so that none takes long.
class CrashPointsTest : public ::testing::TestWithParam<int> {};
constexpr int kShards = 16;

TEST_P(CrashPointsTest, EveryStepCanBeRepeatedAfterACrashBeforeIt) {
  const Scene scene;
  const int points = count_points(scene, SystemCalls::Points::kSteps);
  EXPECT_GT(points, 50);
  for (int nth = 1 + GetParam(); nth <= points && !HasFatalFailure(); nth += kShards) {
    crash_at(scene, SystemCalls::Points::kSteps, nth);
  }
}

TEST_P(CrashPointsTest, ACrashBetweenTwoWritesLosesNothing) {
  const Scene scene;
  const int points = count_points(scene, SystemCalls::Points::kWrites);
  EXPECT_GT(points, 100);
  constexpr int kEach = 3;
  for (int i = 0; i < kEach && !HasFatalFailure(); ++i) {
    const int nth = 1 + (i * kShards + GetParam()) * points / (kShards * kEach);
    crash_at(scene, SystemCalls::Points::kWrites, nth);
  }
}

INSTANTIATE_TEST_SUITE_P(Shards, CrashPointsTest, ::testing::Range(0, kShards));

// Whatever a crash leaves beside it, no store is half there, and the next try makes one.
TEST(CrashPointsOfCreationTest, AStoreIsThereWholeOrNotAtAll) {
  for (int nth = 1; nth < 100; ++nth) {
    SCOPED_TRACE(nth);
    const TemporaryFolder folder;
    const std::filesystem::path path = folder.path() / "new.fhirbin";
    ChildProcess child([&] {
      SystemCalls::die_before(SystemCalls::Points::kSteps, nth);
      return Store::create(path) ? kFinished : kFailed;
    });
    const auto status = child.wait();
    ASSERT_NE(status, kFailed);
    const auto opened = Store::open(path);
    EXPECT_EQ(opened.has_value(), std::filesystem::exists(path));
    auto store = Store::open_or_create(path);
    ASSERT_THAT(store, is_ok());
    EXPECT_THAT(put(*store, as_bytes("x")), is_ok());
    EXPECT_EQ(store->verify()->damage_count, 0U);
    if (status == kFinished) {
      EXPECT_GT(nth, 5);
      return;
    }
  }
  FAIL() << "it never finished";
}

}  // namespace
}  // namespace fhirbin::testing
