#include "engine/store/page_fetcher.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "engine/chunk/chunk_hash.h"
#include "engine/util/byte_buffer.h"
#include "tests/store/page_store.h"
#include "tests/support/result_matchers.h"

namespace fhirbin::store {
namespace {

using codec::PageCodec;
using storage::ChunkRow;
using testing::is_error;
using testing::is_ok;
using testing::random_bytes;
using testing::text_bytes;

class PageFetcherTest : public ::testing::Test {
 protected:
  page_test::PageStore& store() { return store_; }
  PageFetcher& fetcher() { return fetcher_; }

  // Both ways to ask, which must agree.
  Result<void> fetch(const ChunkRow& row, ByteVector& raw) {
    raw.assign(row.raw_length, std::byte{});
    const auto by_row = fetcher_.fetch(row, raw);
    raw.assign(row.raw_length, std::byte{});
    const auto by_id = fetcher_.fetch(row.id, row.hash, raw);
    EXPECT_EQ(by_row.has_value(), by_id.has_value());
    EXPECT_TRUE(by_row || by_id || by_row.error().code == by_id.error().code);
    return by_id;
  }
  ChunkRow reread(const ChunkRow& row) {
    return store_.catalog()
        .read([&](storage::Connection& connection) {
          return storage::ChunkTable(connection).find(row.id);
        })
        .value()
        .value();
  }
  void expect_bytes(const ChunkRow& row, const ByteVector& want) {
    ByteVector raw;
    ASSERT_THAT(fetch(row, raw), is_ok());
    EXPECT_TRUE(raw == want);
  }

 private:
  page_test::PageStore store_;
  PageFetcher fetcher_{store_.catalog(), store_.volumes()};
};

TEST_F(PageFetcherTest, APageOfEitherCodecIsDecodedAndKeptAsStored) {
  const struct {
    PageCodec codec;
    ByteVector bytes;
  } cases[] = {{PageCodec::kRaw, random_bytes(1, 1)},
               {PageCodec::kZstd, text_bytes(200'000, 2)},
               {PageCodec::kRaw, random_bytes(100'000, 3)},
               {PageCodec::kZstd, text_bytes(1000, 4)}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.bytes.size());
    const ChunkRow row = store().add_chunk(c.bytes, c.codec);
    ByteVector raw(c.bytes.size());
    ASSERT_THAT(fetcher().fetch(row, raw), is_ok());
    EXPECT_TRUE(raw == c.bytes);
    EXPECT_EQ(fetcher().stored().size(), row.stored_length);
    EXPECT_EQ(equal_bytes(fetcher().stored(), c.bytes), c.codec == PageCodec::kRaw);
  }
}

TEST_F(PageFetcherTest, WhatTheBooksSayWronglyIsDamageAndTheNextChunkIsFetchedAllTheSame) {
  const ByteVector bytes = text_bytes(10'000, 1);
  const ByteVector others = text_bytes(10'000, 2);
  const ChunkRow sound = store().add_chunk(others);
  const storage::PagePlace stray = store().add_page(others);
  const ChunkRow row = store().add_chunk(bytes, PageCodec::kZstd);
  const ChunkRow raw_row = store().add_chunk(bytes);
  const struct {
    const char* name;
    std::string set;
    bool raw;
  } cases[] = {
      {"stored shorter", "stored_length = stored_length - 1", false},
      {"stored longer", "stored_length = stored_length + 1", false},
      {"a raw page called compressed", "codec = 1", true},
      {"a compressed page called raw", "codec = 0", false},
      {"an unknown codec", "codec = 9", true},
      {"a page that is not there", "page = 900", true},
      {"another page of the same length", "page = " + std::to_string(stray.page), true},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const ChunkRow& whole = c.raw ? raw_row : row;
    const std::string where = " WHERE id = " + std::to_string(whole.id);
    store().execute("UPDATE chunk SET " + c.set + where);
    ByteVector raw;
    EXPECT_THAT(fetch(reread(whole), raw), is_error(ErrorCode::kCorrupt));
    store().execute("UPDATE chunk SET codec = " + std::to_string(whole.codec) +
                    ", stored_length = " + std::to_string(whole.stored_length) +
                    ", page = " + std::to_string(whole.place.page) + where);
    expect_bytes(sound, others);
    expect_bytes(whole, bytes);
  }
}

TEST_F(PageFetcherTest, TheCallersHashAndLengthMustHold) {
  const ByteVector bytes = random_bytes(5000, 1);
  const ChunkRow row = store().add_chunk(bytes);
  ByteVector raw(bytes.size());
  EXPECT_THAT(fetcher().fetch(row.id, store().hash_of(as_bytes("x")), raw),
              is_error(ErrorCode::kCorrupt));
  for (const std::size_t length : {bytes.size() - 1, bytes.size() + 1, std::size_t{0}}) {
    raw.resize(length);
    EXPECT_THAT(fetcher().fetch(row.id, row.hash, raw), is_error(ErrorCode::kCorrupt)) << length;
  }
}

TEST_F(PageFetcherTest, AChunkThatMovedIsFetchedFromWhereItIsNow) {
  const ByteVector bytes = random_bytes(5000, 1);
  ChunkRow row = store().add_chunk(bytes);
  store().seal(row.place.volume);
  row = reread(row);
  ASSERT_TRUE(row.place.sealed);
  const storage::PagePlace now = store().add_page(bytes);
  ASSERT_NE(now.volume, row.place.volume);
  store().execute("UPDATE chunk SET volume = " + std::to_string(now.volume) +
                  ", page = " + std::to_string(now.page));
  store().remove_file(row.place.volume);
  expect_bytes(row, bytes);
}

// Chunks of three and a half blocks.
class PageFetcherPartTest : public PageFetcherTest {
 protected:
  static constexpr std::size_t kBlock = chunk::kHashBlockBytes;

  Result<bool> fetch_part(const ChunkRow& row, std::size_t offset, MutableByteSpan out) {
    return fetcher().fetch_part({.chunk_id = row.id, .length = row.raw_length, .hash = row.hash},
                                offset, out);
  }

  const ByteVector bytes_ = random_bytes(7 * kBlock / 2, 1);
  const ChunkRow row_ = store().add_chunk(bytes_);
};

TEST_F(PageFetcherPartTest, AnyPartComesRight) {
  const std::size_t places[] = {0,          1,          kBlock - 1,     kBlock,
                                kBlock + 1, 2 * kBlock, 3 * kBlock - 1, bytes_.size()};
  for (const std::size_t begin : places) {
    for (const std::size_t end : places) {
      if (begin < end) {
        ByteVector part(end - begin);
        ASSERT_TRUE(fetch_part(row_, begin, part).value()) << begin << ' ' << end;
        EXPECT_TRUE(equal_bytes(part, ByteSpan(bytes_).subspan(begin, part.size())));
      }
    }
  }
}

TEST_F(PageFetcherPartTest, WhatIsStoredAsAWholeHasNoParts) {
  const ByteVector text = text_bytes(bytes_.size(), 2);
  ByteVector part(10);
  EXPECT_FALSE(fetch_part(store().add_chunk(text, PageCodec::kZstd), 5, part).value());
  EXPECT_FALSE(fetch_part(store().add_chunk(random_bytes(kBlock, 3)), 5, part).value());
  ChunkRow nowhere = row_;
  nowhere.id = 900;
  EXPECT_FALSE(fetch_part(nowhere, 5, part).value()) << "collected";
  store().seal(row_.place.volume);
  store().remove_file(row_.place.volume);
  EXPECT_FALSE(fetch_part(row_, 5, part).value()) << "moved since its row was read";
}

TEST_F(PageFetcherPartTest, AChunkThatMovedIsReadFromWhereItIsNow) {
  store().seal(row_.place.volume);
  const storage::PagePlace now = store().add_page(bytes_);
  ASSERT_NE(now.volume, row_.place.volume);
  store().execute("UPDATE chunk SET volume = " + std::to_string(now.volume) +
                  ", page = " + std::to_string(now.page));
  store().remove_file(row_.place.volume);
  ByteVector part(10);
  ASSERT_TRUE(fetch_part(row_, kBlock - 5, part).value());
  EXPECT_TRUE(equal_bytes(part, ByteSpan(bytes_).subspan(kBlock - 5, part.size())));
}

TEST_F(PageFetcherPartTest, WhatTheRowSaysOtherwiseIsLeftToTheWholeFetch) {
  ByteVector part(10);
  for (const char* const change :
       {"stored_length = stored_length - 1", "codec = 1", "page = 900"}) {
    SCOPED_TRACE(change);
    store().execute("UPDATE chunk SET " + std::string(change));
    EXPECT_FALSE(fetch_part(row_, 5, part).value());
    store().execute(
        "UPDATE chunk SET codec = 0, stored_length = " + std::to_string(row_.stored_length) +
        ", page = " + std::to_string(row_.place.page));
    EXPECT_TRUE(fetch_part(row_, 5, part).value());
  }
}

TEST_F(PageFetcherPartTest, OnlyTheBlocksOfThePartAreCheckedAndAllOfThem) {
  ByteVector damaged = bytes_;
  damaged[kBlock + 7] ^= std::byte{1};
  const storage::PagePlace place = store().add_page(damaged);
  store().execute("UPDATE chunk SET volume = " + std::to_string(place.volume) +
                  ", page = " + std::to_string(place.page));
  ByteVector part(10);
  EXPECT_TRUE(fetch_part(row_, kBlock - 10, part).value());
  EXPECT_TRUE(fetch_part(row_, 2 * kBlock, part).value());
  for (const std::size_t begin : {kBlock - 9, kBlock, 2 * kBlock - 1}) {
    EXPECT_FALSE(fetch_part(row_, begin, part).value()) << begin;
  }
}

TEST_F(PageFetcherPartTest, BlockHashesThatDoNotMakeTheChunksHashAreNotTrusted) {
  ByteVector part(10);
  ChunkRow other = row_;
  other.hash = store().hash_of(as_bytes("x"));
  EXPECT_FALSE(fetch_part(other, 5, part).value());
  const auto set_hashes = [&](const std::string& value) {
    store().execute("UPDATE chunk SET block_hashes = " + value);
  };
  set_hashes("CAST(substr(block_hashes, 17) || substr(block_hashes, 1, 16) AS BLOB)");
  EXPECT_FALSE(fetch_part(row_, 5, part).value()) << "in another order";
  set_hashes("CAST(substr(block_hashes, 49) || substr(block_hashes, 1, 48) AS BLOB)");
  EXPECT_TRUE(fetch_part(row_, 5, part).value()) << "in order again";
  set_hashes("CAST(block_hashes || x'00' AS BLOB)");
  EXPECT_FALSE(fetch_part(row_, 5, part).value()) << "no whole number of them";
  set_hashes("substr(block_hashes, 1, 48)");
  EXPECT_FALSE(fetch_part(row_, 5, part).value()) << "too few";
  set_hashes("NULL");
  EXPECT_FALSE(fetch_part(row_, 5, part).value()) << "none";
}

class PageFetcherAlongTest : public PageFetcherTest {
 protected:
  static constexpr std::size_t kChunks = 40;  // more than are looked up at once

  PageFetcherAlongTest() {
    for (std::uint64_t i = 0; i < kChunks; ++i) {
      rows_.push_back(store().add_chunk(bytes_of(i)));
      map_.append({.chunk_id = rows_.back().id,
                   .length = rows_.back().raw_length,
                   .hash = rows_.back().hash});
    }
  }

  static ByteVector bytes_of(std::size_t index) { return random_bytes(1000 + index, index); }
  Result<void> fetch_along(std::size_t index) { return fetcher().fetch_along(map_, index, raw_); }
  void expect_along(std::size_t index) {
    ASSERT_THAT(fetch_along(index), is_ok()) << index;
    EXPECT_TRUE(equal_bytes(raw_, bytes_of(index))) << index;
  }
  const ChunkRow& row(std::size_t index) const { return rows_[index]; }

 private:
  std::vector<ChunkRow> rows_;
  chunk::ChunkMap map_;
  ByteBuffer raw_;
};

TEST_F(PageFetcherAlongTest, ChunksComeInAnyOrder) {
  for (std::size_t index = 0; index < kChunks; ++index) {
    expect_along(index);
  }
  for (const std::size_t index : {5U, 39U, 17U, 16U, 0U}) {
    expect_along(index);
  }
}

TEST_F(PageFetcherAlongTest, WhatMovedSinceItWasLookedUpIsFetchedFromWhereItIsNow) {
  expect_along(0);
  const storage::PagePlace now = [&] {
    store().seal(row(3).place.volume);
    return store().add_page(bytes_of(3));
  }();
  ASSERT_NE(now.volume, row(3).place.volume);
  store().execute("UPDATE chunk SET volume = " + std::to_string(now.volume) + ", page = " +
                  std::to_string(now.page) + " WHERE id = " + std::to_string(row(3).id));
  store().remove_file(row(3).place.volume);
  expect_along(3);
  EXPECT_THAT(fetch_along(4), is_error(ErrorCode::kCorrupt)) << "its volume is missing";
}

TEST_F(PageFetcherAlongTest, RowsAreLookedUpSixteenAtATime) {
  expect_along(0);
  store().execute("DELETE FROM chunk WHERE id >= " + std::to_string(row(15).id));
  expect_along(15);
  EXPECT_THAT(fetch_along(16), is_error(ErrorCode::kGone));
}

TEST_F(PageFetcherAlongTest, WhatWasCollectedIsGoneAndTheOthersAreNot) {
  store().execute("DELETE FROM chunk WHERE id = " + std::to_string(row(2).id));
  expect_along(0);
  expect_along(1);
  EXPECT_THAT(fetch_along(2), is_error(ErrorCode::kGone));
  expect_along(3);
}

TEST_F(PageFetcherAlongTest, TheMapsLengthMustHold) {
  store().execute("UPDATE chunk SET raw_length = raw_length + 1 WHERE id = " +
                  std::to_string(row(1).id));
  expect_along(0);
  EXPECT_THAT(fetch_along(1), is_error(ErrorCode::kCorrupt));
  expect_along(2);
}

TEST_F(PageFetcherTest, AMissingVolumeIsDamageAndAMissingChunkIsGone) {
  const ChunkRow row = store().add_chunk(random_bytes(5000, 1));
  store().seal(row.place.volume);
  const ChunkRow sealed = reread(row);
  store().remove_file(row.place.volume);
  ByteVector raw;
  EXPECT_THAT(fetch(sealed, raw), is_error(ErrorCode::kCorrupt));
  EXPECT_THAT(fetch(row, raw), is_error(ErrorCode::kCorrupt)) << "looked up before it was sealed";
  store().execute("DELETE FROM chunk");
  EXPECT_THAT(fetch(sealed, raw), is_error(ErrorCode::kGone));
}

}  // namespace
}  // namespace fhirbin::store
