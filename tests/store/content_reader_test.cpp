#include "engine/store/content_reader.h"

#include <fstream>
#include <random>
#include <utility>

#include <gtest/gtest.h>

#include "engine/store/version_view.h"
#include "tests/support/file_text.h"
#include "tests/support/raw_catalog.h"
#include "tests/support/result_matchers.h"
#include "tests/support/temporary_store.h"

namespace fhirbin::store {
namespace {

using testing::execute_raw;
using testing::is_error;
using testing::is_ok;
using testing::put;
using testing::random_bytes;
using testing::small_chunks;
using testing::TemporaryStore;

class ContentReaderTest : public ::testing::Test {
 protected:
  explicit ContentReaderTest(Environment environment = small_chunks(64U << 20))
      : environment_(std::move(environment)) {}

  void SetUp() override {
    ASSERT_THAT(put(*store_, content_), is_ok());
    id_ = store_->list()->heads.front().id;
    context_ = StoreContext::open(store_.path(), {.worker_threads = 1}, environment_).value();
  }

  std::unique_ptr<ContentReader> open_reader() {
    return ContentReader::open_version(*context_, id_, std::nullopt).value().reader;
  }

  bool gives(ContentReader& reader, std::uint64_t offset, std::size_t length) const {
    ByteVector got(length);
    const auto copied = reader.read_at(offset, got);
    return copied && *copied == length &&
           equal_bytes(got, ByteSpan(content_).subspan(static_cast<std::size_t>(offset), length));
  }

  // Reads enough elsewhere for SQLite's own cache to forget what was read before. Backwards, so
  // that nothing is taken for reading in order.
  void read_elsewhere(ContentReader& reader) const {
    for (std::uint64_t offset = 2'000'000; offset > 1'000'000; offset -= 1000) {
      ASSERT_TRUE(gives(reader, offset, 100)) << offset;
    }
  }

  // Overwrites all of each volume but its first page.
  void ruin_volumes() {
    for (const auto& entry :
         std::filesystem::directory_iterator(context_->catalog().paths().volumes())) {
      const auto size = entry.file_size();
      std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
      file.seekp(16'384);
      file << std::string(size - 16'384, 'x');
    }
  }

  const Environment environment_;
  const ByteVector content_ = random_bytes(6'000'000, 1);
  TemporaryStore store_{{}, {}, environment_};
  std::string id_;
  std::unique_ptr<StoreContext> context_;
};

TEST_F(ContentReaderTest, OpeningByIdFindsTheRecordToo) {
  const auto opened = ContentReader::open_version(*context_, id_, std::nullopt).value();
  EXPECT_EQ(opened.reader->size_bytes(), content_.size());
  EXPECT_EQ(opened.record.id, id_);
  EXPECT_EQ(opened.record.number, 1U);
  EXPECT_EQ(opened.record.size_bytes, content_.size());
  EXPECT_THAT(ContentReader::open_version(*context_, "nobody", std::nullopt),
              is_error(ErrorCode::kNotFound));
  EXPECT_THAT(ContentReader::open_version(*context_, id_, 2), is_error(ErrorCode::kNotFound));
  EXPECT_THAT(ContentReader::open_version(*context_, "no id!", std::nullopt),
              is_error(ErrorCode::kInvalidArgument));
}

TEST_F(ContentReaderTest, ARangeReadAgainByAnotherReaderIsNotFetchedAgain) {
  ASSERT_TRUE(gives(*open_reader(), 3'000'000, 1));
  read_elsewhere(*open_reader());
  ruin_volumes();
  EXPECT_TRUE(gives(*open_reader(), 3'000'000, 1));
  ByteVector unread(1);
  EXPECT_THAT(open_reader()->read_at(5'000'000, unread), is_error(ErrorCode::kCorrupt));
}

TEST_F(ContentReaderTest, AMapIsLoadedOnceForReadersOfTheSameVersion) {
  ASSERT_TRUE(gives(*open_reader(), 3'000'000, 1));
  execute_raw(store_.path(), "UPDATE chunk_map SET entries = zeroblob(length(entries))");
  EXPECT_TRUE(gives(*open_reader(), 5'000'000, 1));
  // Not for those who are to see what is stored.
  const auto record = find_content_record(*context_, id_, std::nullopt).value();
  EXPECT_THAT(ContentReader::open(*context_, record), is_error(ErrorCode::kCorrupt));
  ASSERT_NE(context_->map_cache().find(record), nullptr);
  ASSERT_THAT(context_->close(), is_ok());
  EXPECT_EQ(context_->map_cache().find(record), nullptr);
  context_ = StoreContext::open(store_.path(), {.worker_threads = 1}, environment_).value();
  EXPECT_THAT(ContentReader::open_version(*context_, id_, std::nullopt),
              is_error(ErrorCode::kCorrupt));
}

TEST_F(ContentReaderTest, AReaderOfARecordFetchesWhatAnotherHasReadBefore) {
  ASSERT_TRUE(gives(*open_reader(), 3'000'000, 1));
  const auto record = find_content_record(*context_, id_, std::nullopt).value();
  const auto reader = ContentReader::open(*context_, record).value();
  read_elsewhere(*reader);
  ruin_volumes();
  EXPECT_THAT(reader->piece_at(3'000'000), is_error(ErrorCode::kCorrupt));
}

TEST_F(ContentReaderTest, WhatIsReadInOrderDrivesNothingOut) {
  ASSERT_TRUE(gives(*open_reader(), 3'000'000, 1));
  ASSERT_TRUE(gives(*open_reader(), 0, content_.size()));
  ruin_volumes();
  EXPECT_TRUE(gives(*open_reader(), 3'000'000, 1));
}

TEST_F(ContentReaderTest, RangesInAnyOrderComeRight) {
  const auto reader = open_reader();
  for (int round = 0; round < 2; ++round) {
    for (const std::uint64_t offset : {5'000'000U, 10U, 2'500'000U, 0U, 5'999'000U, 3'000'001U}) {
      EXPECT_TRUE(gives(*reader, offset, 1000)) << offset;
    }
  }
  EXPECT_TRUE(gives(*reader, 0, content_.size()));
}

TEST_F(ContentReaderTest, MoreThanTheCacheHoldsIsFetchedAgain) {
  const auto first = open_reader();
  ASSERT_TRUE(gives(*first, 0, 100));
  // Backwards, so that nothing is taken for reading in order and all of it passes the cache.
  for (std::uint64_t offset = content_.size(); offset > 0;) {
    offset -= std::min<std::uint64_t>(offset, 1000);
    ASSERT_TRUE(gives(*first, offset, 100)) << offset;
  }
  ruin_volumes();
  ByteVector late(100);
  EXPECT_THAT(open_reader()->read_at(content_.size() - 100, late), is_error(ErrorCode::kCorrupt));
  EXPECT_TRUE(gives(*open_reader(), 0, 100));
}

TEST_F(ContentReaderTest, PiecesFollowEachOtherWithoutAGap) {
  const auto reader = open_reader();
  std::uint64_t offset = 0;
  while (true) {
    const auto piece = reader->piece_at(offset);
    ASSERT_THAT(piece, is_ok());
    if (piece->empty()) {
      break;
    }
    ASSERT_TRUE(equal_bytes(
        *piece, ByteSpan(content_).subspan(static_cast<std::size_t>(offset), piece->size())));
    offset += piece->size();
  }
  EXPECT_EQ(offset, content_.size());
}

// Chunks of several blocks.
class PartReaderTest : public ContentReaderTest {
 protected:
  PartReaderTest() : ContentReaderTest(system_environment()) {}

  // Flips a bit of the content at `offset` or close behind it, wherever in a volume it lies.
  void damage(std::size_t offset) {
    // SQLite's pages divide the content, so one piece of it may not be found.
    ASSERT_TRUE(flip_bit_at(offset) || flip_bit_at(offset + 32));
  }

 private:
  bool flip_bit_at(std::size_t offset) {
    const std::string needle(reinterpret_cast<const char*>(&content_[offset]), 32);
    for (const auto& entry :
         std::filesystem::directory_iterator(context_->catalog().paths().volumes())) {
      std::string file = testing::file_text(entry.path());
      if (const std::size_t at = file.find(needle); at != std::string::npos) {
        file[at] ^= 1;
        testing::write_file(entry.path(), file);
        return true;
      }
    }
    return false;
  }
};

TEST_F(PartReaderTest, ARangeIsReadWithoutTheRestOfItsChunkUntilMoreOfItIsWanted) {
  damage(60'000);  // of the first chunk, which has 64 KiB or more
  const auto reader = open_reader();
  EXPECT_TRUE(gives(*reader, 1, 1000));
  ByteVector again(1000);
  EXPECT_THAT(reader->read_at(10, again), is_error(ErrorCode::kCorrupt)) << "all of it is fetched";
}

// Others may have asked for so much meanwhile that the store has forgotten.
TEST_F(PartReaderTest, AReaderRemembersWhatItReadAPartOf) {
  damage(60'000);
  const auto reader = open_reader();
  EXPECT_TRUE(gives(*reader, 1, 1000));
  for (std::uint64_t id = 1'000; id < 1'000 + ChunkCache::kRememberedRequests; ++id) {
    (void)context_->chunk_cache().note_request({.chunk_id = id, .length = 1, .hash = {}});
  }
  ByteVector again(1000);
  EXPECT_THAT(reader->read_at(10, again), is_error(ErrorCode::kCorrupt));
}

TEST_F(PartReaderTest, ReadingFromTheBeginningTakesWholeChunks) {
  damage(60'000);
  ByteVector range(1000);
  EXPECT_THAT(open_reader()->read_at(0, range), is_error(ErrorCode::kCorrupt));
}

TEST_F(PartReaderTest, TheChunkAfterTheOneAtHandIsFetchedWhole) {
  const auto reader = open_reader();
  const std::size_t first_length = reader->piece_at(0).value().size();
  damage(first_length + 60'000);
  ByteVector range(1000);
  EXPECT_THAT(reader->read_at(first_length + 1, range), is_error(ErrorCode::kCorrupt));
  EXPECT_TRUE(gives(*open_reader(), first_length + 1, 1000));
}

TEST_F(PartReaderTest, MoreThanHalfOfAChunkIsFetchedWhole) {
  std::uint64_t begin = 0;
  std::size_t length = 0;
  auto scout = open_reader();
  do {  // A chunk of four blocks or more, so that the last is not in its first half.
    begin += length;
    length = scout->piece_at(begin).value().size();
  } while (length < 100'000);
  damage(begin + length - 1000);
  scout.reset();
  context_ = StoreContext::open(store_.path(), {}, environment_).value();  // without SQLite's cache
  EXPECT_TRUE(gives(*open_reader(), begin + 1, length / 2));
  context_->chunk_cache().clear();
  ByteVector range(length / 2 + 1);
  EXPECT_THAT(open_reader()->read_at(begin + 1, range), is_error(ErrorCode::kCorrupt));
}

TEST_F(PartReaderTest, ARangeElsewhereGivesUpWhatIsFetchedAhead) {
  context_ = StoreContext::open(store_.path(), {.worker_threads = 2}, environment_).value();
  const auto reader = open_reader();
  std::uint64_t offset = 0;
  for (int chunk = 0; chunk < 6; ++chunk) {
    offset += reader->piece_at(offset).value().size();
  }
  ASSERT_EQ(context_->running_read_aheads(), 1U);
  EXPECT_TRUE(gives(*reader, content_.size() - 50'000, 1000));
  EXPECT_EQ(context_->running_read_aheads(), 0U);
}

TEST_F(PartReaderTest, AChunkThatIsMissingIsDamageWhileItsVersionIsKept) {
  const auto reader = open_reader();
  ASSERT_THAT(context_->catalog().write([](storage::Connection& connection) {
    return connection.execute("DELETE FROM chunk");
  }),
              is_ok());
  ByteVector range(1000);
  EXPECT_THAT(reader->read_at(5'000'000, range), is_error(ErrorCode::kCorrupt));
}

TEST_F(PartReaderTest, DamageInsideOfARangeIsToldAndNeverServed) {
  damage(60'000);
  ByteVector range(1000);
  EXPECT_THAT(open_reader()->read_at(59'500, range), is_error(ErrorCode::kCorrupt));
}

TEST_F(PartReaderTest, WhatWasAskedForTwiceIsKept) {
  ASSERT_TRUE(gives(*open_reader(), 3'000'000, 100));
  ASSERT_TRUE(gives(*open_reader(), 3'000'000, 100));
  for (std::uint64_t offset = 2'000'000; offset > 1'000'000; offset -= 90'000) {
    ASSERT_TRUE(gives(*open_reader(), offset, 100)) << offset;  // SQLite's own cache forgets
  }
  ruin_volumes();
  EXPECT_TRUE(gives(*open_reader(), 3'000'000, 100));
  ByteVector unread(100);
  EXPECT_THAT(open_reader()->read_at(5'000'000, unread), is_error(ErrorCode::kCorrupt));
}

TEST_F(PartReaderTest, RangesOfAnyLengthAtAnyPlaceComeRight) {
  std::mt19937_64 random(1);
  for (const bool anew : {true, false}) {
    auto reader = open_reader();
    for (int i = 0; i < 300; ++i) {
      const std::uint64_t offset = random() % content_.size();
      const std::size_t length =
          std::min<std::size_t>(random() % 200'000, content_.size() - offset);
      ASSERT_TRUE(gives(*reader, offset, length)) << offset << ' ' << length;
      if (anew) {
        reader = open_reader();
      }
    }
  }
}

// As a client does who fetches a file piece by piece: by part, then whole chunks, then in order.
TEST_F(PartReaderTest, RangesThatFollowEachOtherComeRight) {
  for (const std::uint64_t start : {0U, 1U, 3'000'000U}) {
    const auto reader = open_reader();
    for (std::uint64_t offset = start; offset < content_.size(); offset += 10'000) {
      ASSERT_TRUE(gives(*reader, offset, std::min<std::size_t>(10'000, content_.size() - offset)))
          << offset;
    }
  }
}

}  // namespace
}  // namespace fhirbin::store
