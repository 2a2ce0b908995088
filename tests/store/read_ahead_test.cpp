#include "engine/store/read_ahead.h"

#include <fstream>
#include <optional>

#include <gtest/gtest.h>

#include "engine/storage/content_table.h"
#include "engine/store/content_reader.h"
#include "engine/store/page_fetcher.h"
#include "engine/store/version_view.h"
#include "tests/crash/child_process.h"
#include "tests/support/result_matchers.h"
#include "tests/support/temporary_store.h"

namespace fhirbin::store {
namespace {

using testing::ChildProcess;
using testing::is_ok;
using testing::put;
using testing::random_bytes;
using testing::small_chunks;
using testing::TemporaryStore;

constexpr std::size_t kSize = 3'000'000;

class ReadAheadTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_THAT(put(*store_, content_), is_ok());
    const auto page = store_->list();
    ASSERT_THAT(page, is_ok());
    context_ = StoreContext::open(store_.path(), {.worker_threads = 2}, environment_).value();
    record_ = find_content_record(*context_, page->heads.front().id, std::nullopt).value();
    map_ = context_->catalog()
               .read([&](storage::Connection& connection) {
                 return storage::ContentTable(connection, context_->settings()).load_map(record_);
               })
               .value();
    ASSERT_GT(map_.count(), 100U);
  }

  ByteSpan content_of(std::size_t chunk) const {
    return ByteSpan(content_).subspan(map_.offset_of(chunk), map_.entry(chunk).length);
  }

  // The first chunk that cannot be fetched by itself.
  std::size_t first_bad_chunk() const {
    PageFetcher fetcher(context_->catalog(), context_->volumes());
    ByteBuffer bytes;
    std::size_t chunk = 0;
    while (chunk < map_.count() && fetcher.fetch(map_.entry(chunk), bytes)) {
      ++chunk;
    }
    return chunk;
  }

  // Turns one bit in the middle of volume `number`.
  void damage_volume(std::uint32_t number) const {
    const auto path = context_->catalog().paths().volume(number);
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    const auto middle = static_cast<std::streamoff>(std::filesystem::file_size(path) / 2);
    file.seekg(middle);
    const auto flipped = static_cast<char>(file.get() ^ 1);
    file.seekp(middle);
    file.put(flipped);
  }

  const Environment environment_ = small_chunks(1U << 20);
  const ByteVector content_ = random_bytes(kSize, 1);
  TemporaryStore store_{{}, {}, environment_};
  std::unique_ptr<StoreContext> context_;
  storage::VersionRecord record_;
  chunk::ChunkMap map_;
};

TEST_F(ReadAheadTest, GivesEveryChunkInOrderFromAnywhere) {
  for (const std::size_t first : {std::size_t{0}, map_.count() / 2, map_.count() - 1}) {
    const auto ahead = ReadAhead::start(*context_, map_, first);
    ASSERT_NE(ahead, nullptr);
    ByteBuffer bytes;
    for (std::size_t chunk = first; chunk < map_.count(); ++chunk) {
      EXPECT_EQ(ahead->next(), chunk);
      ASSERT_THAT(ahead->take(bytes), is_ok());
      EXPECT_TRUE(equal_bytes(bytes, content_of(chunk))) << chunk;
    }
    EXPECT_EQ(ahead->next(), map_.count());
  }
}

TEST_F(ReadAheadTest, AnErrorComesWhenItsChunkIsDueAndNotBefore) {
  damage_volume(1);
  const std::size_t bad = first_bad_chunk();
  ASSERT_GT(bad, 0U);
  ASSERT_LT(bad, map_.count());
  const auto ahead = ReadAhead::start(*context_, map_, 0);
  ByteBuffer bytes;
  for (std::size_t chunk = 0; chunk < bad; ++chunk) {
    ASSERT_THAT(ahead->take(bytes), is_ok()) << chunk;
    EXPECT_TRUE(equal_bytes(bytes, content_of(chunk))) << chunk;
  }
  EXPECT_EQ(ahead->take(bytes).error().code, ErrorCode::kCorrupt);
}

TEST_F(ReadAheadTest, DroppedAtAnyMomentItLeavesNoThread) {
  for (std::size_t taken = 0; taken < 20; ++taken) {
    const auto ahead = ReadAhead::start(*context_, map_, 0);
    ByteBuffer bytes;
    for (std::size_t chunk = 0; chunk < taken; ++chunk) {
      ASSERT_THAT(ahead->take(bytes), is_ok());
    }
    EXPECT_EQ(context_->running_read_aheads(), 1U);
  }
  EXPECT_EQ(context_->running_read_aheads(), 0U);
}

TEST_F(ReadAheadTest, ManyReadersDoWithoutRatherThanCrowdTheMachine) {
  std::vector<std::unique_ptr<ReadAhead>> running;
  while (auto ahead = ReadAhead::start(*context_, map_, 0)) {
    running.push_back(std::move(ahead));
    ASSERT_LT(running.size(), 100U);
  }
  ByteBuffer bytes;
  for (const auto& ahead : running) {
    ASSERT_THAT(ahead->take(bytes), is_ok());
    EXPECT_TRUE(equal_bytes(bytes, content_of(0)));
  }
  running.pop_back();
  EXPECT_NE(ReadAhead::start(*context_, map_, 0), nullptr);
}

TEST_F(ReadAheadTest, WhereThereIsOneThreadItWouldBringNothing) {
  const auto single =
      StoreContext::open(store_.path(), {.worker_threads = 1}, environment_).value();
  EXPECT_EQ(ReadAhead::start(*single, map_, 0), nullptr);
  EXPECT_EQ(single->running_read_aheads(), 0U);
}

TEST_F(ReadAheadTest, AChildOfForkCanDropItsCopyAndTakeNothing) {
  auto ahead = ReadAhead::start(*context_, map_, 0);
  ChildProcess child([&] {
    ByteBuffer bytes;
    const auto taken = ahead->take(bytes);
    ahead.reset();
    return !taken && taken.error().code == ErrorCode::kInvalidArgument ? 0 : 1;
  });
  EXPECT_EQ(child.wait(), 0);
  ByteBuffer bytes;
  EXPECT_THAT(ahead->take(bytes), is_ok());
}

// What the reader makes of it.
TEST_F(ReadAheadTest, AReaderThatCameToTheEndLeavesItsShareToOthers) {
  const auto reader = ContentReader::open(*context_, record_).value();
  std::size_t chunk = 0;
  for (; chunk < map_.count() / 2; ++chunk) {
    ASSERT_THAT(reader->piece_at(map_.offset_of(chunk)), is_ok());
  }
  EXPECT_EQ(context_->running_read_aheads(), 1U);
  for (; chunk < map_.count(); ++chunk) {
    ASSERT_THAT(reader->piece_at(map_.offset_of(chunk)), is_ok());
  }
  EXPECT_EQ(context_->running_read_aheads(), 0U);
}

TEST_F(ReadAheadTest, AReaderGivesTheSameBytesHoweverItIsRead) {
  const std::string id = store_->list()->heads.front().id;
  auto reader = store_->open_reader(id);
  ASSERT_THAT(reader, is_ok());
  ByteVector buffer(50'000);
  std::uint64_t state = 1;
  for (int jump = 0; jump < 40; ++jump) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    std::uint64_t offset = (state >> 33) % kSize;
    for (std::uint64_t step = 0; step < (state >> 20) % 8 && offset < kSize; ++step) {
      const auto got = reader->read_at(offset, buffer);
      ASSERT_THAT(got, is_ok());
      ASSERT_EQ(*got, std::min<std::uint64_t>(buffer.size(), kSize - offset));
      EXPECT_TRUE(
          equal_bytes(ByteSpan(buffer).first(*got), ByteSpan(content_).subspan(offset, *got)))
          << offset;
      offset += *got;
    }
  }
}

}  // namespace
}  // namespace fhirbin::store
