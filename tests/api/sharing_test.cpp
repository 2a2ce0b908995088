#include <filesystem>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/support/result_matchers.h"
#include "tests/support/sanitized.h"
#include "tests/support/temporary_store.h"
#include "tests/support/test_environment.h"

namespace fhirbin::testing {
namespace {

// Under a sanitizer the full size would take a minute.
constexpr std::size_t kLarge = testing::kIsSanitized ? 20'000'000 : 100'000'000;

// What the files of a folder take up, as the file system counts.
std::uint64_t bytes_on_disk(const std::filesystem::path& folder) {
  std::uint64_t blocks = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    struct stat status{};
    if (::stat(entry.path().c_str(), &status) == 0) {
      blocks += static_cast<std::uint64_t>(status.st_blocks);
    }
  }
  return blocks * 512;
}

TEST(SharingTest, EqualContentIsStoredOnceAndAnEditStoresLittle) {
  TemporaryStore store;
  ByteVector bytes = random_bytes(kLarge, 1);
  ASSERT_THAT(put(*store, bytes), is_ok());
  const std::uint64_t once = store->stats()->chunk_stored_bytes;
  ASSERT_THAT(put(*store, bytes), is_ok());
  EXPECT_EQ(store->stats()->chunk_stored_bytes, once);
  bytes[kLarge / 2] ^= std::byte{1};
  ASSERT_THAT(put(*store, bytes), is_ok());
  const std::uint64_t changed = store->stats()->chunk_stored_bytes;
  EXPECT_LT(changed - once, 3'000'000U);
  bytes.insert(bytes.begin() + 1'000'000, std::byte{7});
  const auto inserted = put(*store, bytes);
  ASSERT_THAT(inserted, is_ok());
  EXPECT_LT(store->stats()->chunk_stored_bytes - changed, 3'000'000U);
  EXPECT_TRUE(equal_bytes(*read_all(*store, inserted->id), bytes));
}

TEST(SharingTest, PurgingBothOwnersGivesTheBytesBack) {
  TemporaryStore store;
  const ByteVector bytes = random_bytes(kLarge, 1);
  const std::string first = put(*store, bytes)->id;
  const std::string second = put(*store, bytes)->id;
  ASSERT_THAT(forget(*store, first), is_ok());
  EXPECT_TRUE(equal_bytes(*read_all(*store, second), bytes));
  EXPECT_THAT(store->open_reader(first), is_error(ErrorCode::kGone));
  EXPECT_EQ(store->verify()->damage_count, 0U);

  const auto report = forget(*store, second);
  ASSERT_THAT(report, is_ok());
  EXPECT_GT(report->bytes_returned, kLarge);
  EXPECT_LT(store->stats()->volume_file_bytes, 1'000'000U);
  EXPECT_LT(bytes_on_disk(store.path()), 8'000'000U);
  EXPECT_EQ(store->verify()->damage_count, 0U);
}

TEST(SharingTest, CompactionKeepsWhatLives) {
  TemporaryStore store({}, {}, small_volumes(2'000'000));
  std::vector<std::pair<std::string, ByteVector>> kept;
  std::vector<std::string> going;
  for (std::uint64_t i = 0; i < 12; ++i) {
    const ByteVector bytes = random_bytes(700'000, i);
    const std::string id = put(*store, bytes)->id;
    if (i % 3 == 0) {
      kept.emplace_back(id, bytes);
    } else {
      going.push_back(id);
    }
  }
  auto reader = store->open_reader(kept.front().first);
  ASSERT_THAT(reader, is_ok());
  for (const std::string& id : going) {
    ASSERT_THAT(remove_and_purge(*store, id), is_ok());
  }
  const auto report = store->collect_garbage();
  ASSERT_THAT(report, is_ok());
  EXPECT_GT(report->volumes_compacted, 0U);
  ByteVector out(700'000);
  ASSERT_THAT(reader->read_at(0, out), is_ok());
  EXPECT_TRUE(equal_bytes(out, kept.front().second));
  store.reopen();
  for (const auto& [id, bytes] : kept) {
    EXPECT_TRUE(equal_bytes(*read_all(*store, id), bytes));
  }
  EXPECT_EQ(store->verify()->damage_count, 0U);
}

TEST(SharingTest, AReaderOfPurgedContentNeverGetsOtherBytes) {
  TemporaryStore store;
  const ByteVector bytes = random_bytes(4'000'000, 1);
  const std::string id = put(*store, bytes)->id;
  auto reader = store->open_reader(id);
  ASSERT_THAT(reader, is_ok());
  ASSERT_THAT(replace(*store, id, as_bytes("x")), is_ok());
  ASSERT_THAT(store->purge_history(id), is_ok());
  ASSERT_THAT(store->collect_garbage(), is_ok());
  ASSERT_THAT(put(*store, random_bytes(4'000'000, 2)), is_ok());
  ByteVector out(bytes.size());
  const auto copied = reader->read_at(0, out);
  if (copied) {
    EXPECT_TRUE(equal_bytes(out, bytes));
  } else {
    EXPECT_THAT(copied, is_error(ErrorCode::kGone));
  }
}

TEST(SharingTest, AWriterDestroyedWithoutCommitLeavesNoTrace) {
  TemporaryStore store;
  const auto before = store->stats();
  ASSERT_THAT(begin_upload(*store, random_bytes(20'000'000, 1)), is_ok());  // and drops it
  const auto after = store->stats();
  EXPECT_EQ(after->sequence, before->sequence);
  EXPECT_EQ(after->volumes, before->volumes);
  EXPECT_EQ(after->reclaimable_bytes, 0U);
  EXPECT_EQ(after->pins, 0U);
}

}  // namespace
}  // namespace fhirbin::testing
