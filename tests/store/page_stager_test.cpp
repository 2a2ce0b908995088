#include "engine/store/page_stager.h"

#include <atomic>
#include <optional>
#include <vector>

#include <gtest/gtest.h>

#include "tests/store/page_store.h"
#include "tests/support/result_matchers.h"

namespace fhirbin::store {
namespace {

using testing::is_ok;
using testing::random_bytes;
using testing::text_bytes;

constexpr std::size_t kHalf = 512U << 10;  // half of the shortest transaction

// A stager among so many pipelines that its transactions are as short as they get: 1 MiB.
class PageStagerTest : public ::testing::Test {
 protected:
  explicit PageStagerTest(std::uint64_t volume_limit_bytes = 256U << 20)
      : store_(volume_limit_bytes) {}

  page_test::PageStore& store() { return store_; }
  PageStager& stager() { return stager_; }

  void stage(const ByteVector& raw) { stage(raw, store_.hash_of(raw)); }
  void stage(const ByteVector& raw, const Hash128& hash) {
    PageJob job{.raw = raw, .hash = hash, .compressed = {}};
    EXPECT_THAT(stager_.stage(job), is_ok());
  }
  StagedContent finished() {
    StagedContent content;
    EXPECT_THAT(stager_.finish(), is_ok());
    stager_.move_to(content);
    return content;
  }
  bool is_stored(std::uint32_t volume, std::uint64_t page, const ByteVector& want) {
    ByteVector stored(want.size());
    return store_.volumes().read({.volume = volume, .page = page, .sealed = false}, stored) &&
           stored == want;
  }
  std::uint64_t pages_in(std::uint32_t volume) {
    const auto lane = store_.lanes().take(volume).value();
    return lane ? lane->page_count() : 0;
  }

 private:
  page_test::PageStore store_;
  std::atomic<unsigned> running_ = 7;
  WorkShare share_{running_};
  PageStager stager_{store_.volumes(), store_.lanes(), share_};
};

TEST_F(PageStagerTest, BlockHashesGoAlongWherePartsCanBeRead) {
  const ByteVector raw = random_bytes(100'000, 1);
  const std::vector<Hash128> hashes(4, store().hash_of(as_bytes("x")));
  PageJob whole{.raw = raw, .hash = store().hash_of(raw), .block_hashes = hashes, .compressed = {}};
  PageJob again = whole;
  PageJob one_block{
      .raw = random_bytes(1000, 2), .hash = {}, .block_hashes = {hashes[0]}, .compressed = {}};
  PageJob compressed{.raw = text_bytes(100'000, 3),
                     .hash = hashes[0],
                     .block_hashes = hashes,
                     .codec = codec::PageCodec::kZstd,
                     .compressed = random_bytes(500, 4)};
  for (PageJob* const job : {&whole, &again, &one_block, &compressed}) {
    ASSERT_THAT(stager().stage(*job), is_ok());
  }
  const StagedContent content = finished();
  ASSERT_EQ(content.chunks.size(), 4U);
  EXPECT_EQ(content.chunks[0].block_hashes, hashes);
  EXPECT_EQ(content.chunks[1].place.page, content.chunks[0].place.page);
  for (const std::size_t without : {1U, 2U, 3U}) {
    EXPECT_TRUE(content.chunks[without].block_hashes.empty()) << without;
  }
}

TEST_F(PageStagerTest, SharedChunksAndNoneAtAllTakeNoVolume) {
  PageJob job{.raw = random_bytes(5000, 1), .hash = {}, .shared_id = 7, .compressed = {}};
  job.hash = store().hash_of(job.raw);
  ASSERT_THAT(stager().stage(job), is_ok());
  ASSERT_THAT(stager().stage(job), is_ok());
  const StagedContent content = finished();
  ASSERT_EQ(content.chunks.size(), 2U);
  EXPECT_EQ(content.chunks[1].shared_id, 7U);
  EXPECT_EQ(content.chunks[1].length, 5000U);
  EXPECT_EQ(content.chunks[1].hash, job.hash);
  EXPECT_TRUE(content.volumes.empty());
  EXPECT_EQ(store().query("SELECT count(*) FROM volume"), 0);
}

TEST_F(PageStagerTest, ChunksComeInOrderWithTheirPlacesAndTheBooks) {
  const ByteVector raw = random_bytes(1000, 1);
  PageJob compressed{.raw = text_bytes(50'000, 2), .hash = {}, .compressed = {}};
  compressed.hash = store().hash_of(compressed.raw);
  codec::PageEncoder encoder(1);
  const auto encoded = encoder.encode(compressed.raw);
  compressed.codec = encoded->codec;
  compressed.compressed.assign(encoded->stored.begin(), encoded->stored.end());
  ASSERT_EQ(compressed.codec, codec::PageCodec::kZstd);

  stage(raw);
  ASSERT_THAT(stager().stage(compressed), is_ok());
  const StagedContent content = finished();
  ASSERT_EQ(content.chunks.size(), 2U);
  const StagedChunk& second = content.chunks[1];
  EXPECT_EQ(content.chunks[0].hash, store().hash_of(raw));
  EXPECT_EQ(second.length, 50'000U);
  EXPECT_EQ(second.shared_id, 0U);
  EXPECT_EQ(second.codec, 1U);
  EXPECT_EQ(second.stored_length, compressed.compressed.size());
  EXPECT_TRUE(is_stored(second.place.volume, second.place.page, compressed.compressed));
  ASSERT_EQ(content.volumes.size(), 1U);
  EXPECT_EQ(content.volumes[0].number, 1U);
  EXPECT_EQ(content.volumes[0].pages, 2U);
  EXPECT_EQ(content.volumes[0].stored_bytes, 1000 + compressed.compressed.size());
}

TEST_F(PageStagerTest, PagesBecomeDurableAMebibyteAtATimeAndAtTheEnd) {
  const ByteVector pages[] = {random_bytes(kHalf - 1, 1), random_bytes(kHalf, 2),
                              random_bytes(1, 3), random_bytes(1, 4)};
  const bool durable[] = {false, false, true, true};
  for (std::size_t i = 0; i < std::size(pages); ++i) {
    stage(pages[i]);
    EXPECT_EQ(is_stored(1, 1, pages[0]), durable[i]) << i;
  }
  EXPECT_FALSE(is_stored(1, 4, pages[3]));
  EXPECT_FALSE(store().lanes().take(1)->has_value()) << "the lane is its alone";
  (void)finished();
  EXPECT_TRUE(is_stored(1, 4, pages[3]));
  EXPECT_EQ(pages_in(1), 4U) << "the lane was not given back";
}

TEST_F(PageStagerTest, OnlyARepeatOfTheSameBytesSharesAPage) {
  const ByteVector raw = random_bytes(5000, 1);
  const ByteVector collides = random_bytes(5000, 2);
  const ByteVector shorter = random_bytes(4999, 3);
  const Hash128 hash = store().hash_of(raw);
  for (int round = 0; round < 2; ++round) {
    stage(raw, hash);
    stage(collides, hash);
    stage(shorter, hash);
  }
  const StagedContent content = finished();
  ASSERT_EQ(content.chunks.size(), 6U);
  EXPECT_EQ(content.volumes[0].pages, 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(content.chunks[i].place.page, i + 1);
    EXPECT_EQ(content.chunks[i + 3].place.page, i + 1);
    EXPECT_EQ(content.chunks[i + 3].length, content.chunks[i].length);
  }
}

TEST_F(PageStagerTest, AFloodOfCollidingChunksIsNotComparedWithoutEnd) {
  const Hash128 hash = store().hash_of(as_bytes("all of them"));
  for (int round = 0; round < 2; ++round) {
    for (std::uint64_t i = 0; i <= kMaxCandidates; ++i) {
      stage(random_bytes(1000, i), hash);
    }
  }
  EXPECT_GT(finished().volumes[0].pages, kMaxCandidates + 1U) << "all of them were compared";
}

TEST_F(PageStagerTest, WhatIsGivenUpIsRolledBackAndNamedOnce) {
  for (std::uint64_t i = 0; i < 3; ++i) {
    stage(random_bytes(kHalf, i));
  }
  stager().drop_lanes();
  EXPECT_EQ(stager().take_volume_numbers(), std::vector<std::uint32_t>{1});
  EXPECT_EQ(stager().take_volume_numbers(), std::vector<std::uint32_t>{});
  EXPECT_EQ(pages_in(1), 2U) << "two were durable, the third was not";
}

TEST_F(PageStagerTest, AfterTheEndThereIsNothingToGiveUp) {
  stage(random_bytes(1000, 1));
  (void)finished();
  stager().drop_lanes();
  EXPECT_TRUE(stager().take_volume_numbers().empty());
  EXPECT_EQ(pages_in(1), 1U);
  EXPECT_THAT(stager().finish(), is_ok());
}

// Volumes that are full with two halves.
class PageStagerOfSmallVolumesTest : public PageStagerTest {
 protected:
  PageStagerOfSmallVolumesTest() : PageStagerTest(2 * kHalf) {}
};

TEST_F(PageStagerOfSmallVolumesTest, AFullVolumeIsSealedAndTheNextTaken) {
  for (std::uint64_t i = 0; i < 5; ++i) {
    stage(random_bytes(kHalf, i));
  }
  stage(random_bytes(kHalf, 0));  // lies in a sealed volume
  stage(random_bytes(kHalf, 4));  // lies in the open transaction
  const StagedContent content = finished();
  const std::uint32_t volumes[] = {1, 1, 2, 2, 3, 1, 3};
  const std::uint64_t pages[] = {1, 2, 1, 2, 1, 1, 1};
  ASSERT_EQ(content.chunks.size(), std::size(volumes));
  for (std::size_t i = 0; i < std::size(volumes); ++i) {
    EXPECT_EQ(content.chunks[i].place.volume, volumes[i]) << i;
    EXPECT_EQ(content.chunks[i].place.page, pages[i]) << i;
  }
  ASSERT_EQ(content.volumes.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(content.volumes[i].number, i + 1);
    EXPECT_EQ(content.volumes[i].pages, i < 2 ? 2U : 1U);
    EXPECT_EQ(content.volumes[i].stored_bytes, i < 2 ? 2 * kHalf : kHalf);
  }
  EXPECT_EQ(store().query("SELECT count(*) FROM volume WHERE state = 2"), 2);
}

TEST_F(PageStagerOfSmallVolumesTest, AllVolumesOfAnUploadThatIsGivenUpAreNamed) {
  for (std::uint64_t i = 0; i < 3; ++i) {
    stage(random_bytes(kHalf, i));
  }
  stager().drop_lanes();
  EXPECT_EQ(stager().take_volume_numbers(), (std::vector<std::uint32_t>{1, 2}));
  EXPECT_EQ(pages_in(2), 0U);
}

// New content must not rest on a page that cannot be read.
TEST_F(PageStagerOfSmallVolumesTest, ARepeatOfAPageThatWasLostIsRefused) {
  for (std::uint64_t i = 0; i < 2; ++i) {
    stage(random_bytes(kHalf, i));
  }
  store().remove_file(1);
  PageJob job{.raw = random_bytes(kHalf, 0), .hash = {}, .compressed = {}};
  job.hash = store().hash_of(job.raw);
  EXPECT_FALSE(stager().stage(job));
}

}  // namespace
}  // namespace fhirbin::store
