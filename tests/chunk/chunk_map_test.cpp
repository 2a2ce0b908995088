#include "engine/chunk/chunk_map.h"

#include <random>

#include <gtest/gtest.h>

namespace fhirbin::chunk {
namespace {

constexpr std::uint64_t kMaxId = (std::uint64_t{1} << 63) - 1;
constexpr std::uint64_t kMaxLength = std::uint64_t{1} << 31;

ChunkMapEntry make_entry(std::uint64_t chunk_id, std::uint64_t length) {
  ChunkMapEntry entry{
      .chunk_id = chunk_id, .length = static_cast<std::uint32_t>(length), .hash = {}};
  for (std::size_t i = 0; i < entry.hash.bytes.size(); ++i) {
    entry.hash.bytes[i] = static_cast<std::byte>(chunk_id * 31 + i);
  }
  return entry;
}

ChunkMap make_map(std::size_t count) {
  std::mt19937_64 engine(1);
  ChunkMap map;
  std::uint64_t chunk_id = 1000;
  for (std::size_t i = 0; i < count; ++i) {
    // Mostly the next id, as new content has, and now and then a shared chunk from anywhere.
    chunk_id = i % 10 == 9 ? engine() % kMaxId + 1 : chunk_id % kMaxId + 1;
    map.append(make_entry(chunk_id, engine() % 1'000'000 + 1));
  }
  return map;
}

// An entry as it stands on disk.
ByteVector encode_raw(std::uint64_t zigzag, std::uint64_t length, std::size_t hash_bytes = 16) {
  ByteVector encoded;
  append_varint(encoded, zigzag);
  append_varint(encoded, length);
  encoded.resize(encoded.size() + hash_bytes);
  return encoded;
}

void expect_damaged(ByteSpan encoded) {
  ChunkMap map;
  const Result<void> result = map.append_segment(encoded);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code, ErrorCode::kCorrupt);
  EXPECT_EQ(map.count(), 0U);
  EXPECT_EQ(map.size_bytes(), 0U);
}

TEST(ChunkMapTest, AnEmptyMapHasNothing) {
  const ChunkMap map;
  EXPECT_EQ(map.count(), 0U);
  EXPECT_EQ(map.size_bytes(), 0U);
  EXPECT_EQ(map.segment_count(), 0U);
}

TEST(ChunkMapTest, EveryByteIsFoundInItsEntry) {
  ChunkMap map;
  const std::uint64_t lengths[] = {1, 10, kMaxLength, kMaxLength, 3};
  std::uint64_t offset = 0;
  for (std::size_t i = 0; i < std::size(lengths); ++i) {
    map.append(make_entry(i + 1, lengths[i]));
  }
  for (std::size_t i = 0; i < std::size(lengths); ++i) {
    EXPECT_EQ(map.offset_of(i), offset);
    EXPECT_EQ(map.index_at(offset), i);
    offset += lengths[i];
    EXPECT_EQ(map.index_at(offset - 1), i);
  }
  EXPECT_EQ(map.size_bytes(), offset);
}

TEST(ChunkMapTest, SegmentsComeBackAtEveryCountAroundTheirSize) {
  constexpr std::size_t kSegment = ChunkMap::kSegmentEntries;
  for (const std::size_t count :
       {std::size_t{1}, std::size_t{2}, kSegment - 1, kSegment, kSegment + 1, 3 * kSegment}) {
    SCOPED_TRACE(count);
    const ChunkMap map = make_map(count);
    ASSERT_EQ(map.segment_count(), (count + kSegment - 1) / kSegment);
    ChunkMap copy;
    for (std::size_t segment = 0; segment < map.segment_count(); ++segment) {
      ASSERT_TRUE(copy.append_segment(map.encode_segment(segment)).has_value());
    }
    ASSERT_EQ(copy.count(), count);
    ASSERT_EQ(copy.size_bytes(), map.size_bytes());
    for (std::size_t i = 0; i < count; ++i) {
      ASSERT_EQ(copy.entry(i), map.entry(i));
      ASSERT_EQ(copy.offset_of(i), map.offset_of(i));
    }
  }
}

TEST(ChunkMapTest, IdsComeBackWhateverTheirDifference) {
  ChunkMap map;
  for (const std::uint64_t chunk_id : {std::uint64_t{1}, kMaxId, std::uint64_t{1}, kMaxId - 1,
                                       kMaxId / 2, std::uint64_t{2}, std::uint64_t{2}}) {
    map.append(make_entry(chunk_id, kMaxLength));
  }
  ChunkMap copy;
  ASSERT_TRUE(copy.append_segment(map.encode_segment(0)).has_value());
  for (std::size_t i = 0; i < map.count(); ++i) {
    EXPECT_EQ(copy.entry(i), map.entry(i));
  }
}

// FORMAT.md promises these bytes.
TEST(ChunkMapTest, ASegmentIsEncodedAsTheFormatSays) {
  ChunkMap map;
  map.append({.chunk_id = 100, .length = 300, .hash = {}});
  map.append({.chunk_id = 99, .length = 1, .hash = {}});
  ByteVector want;
  append_bytes(want, as_bytes("\xC8\x01\xAC\x02"));  // 100 zigzag 200; 300
  want.resize(want.size() + 16);
  append_bytes(want, as_bytes("\x01\x01"));  // -1 zigzag 1; 1
  want.resize(want.size() + 16);
  EXPECT_EQ(map.encode_segment(0), want);
}

TEST(ChunkMapTest, NewContentTakesAbout20BytesAnEntry) {
  ChunkMap map;
  for (std::uint64_t i = 0; i < ChunkMap::kSegmentEntries; ++i) {
    map.append(make_entry(1'000'000 + i, 256U << 10));
  }
  EXPECT_LE(map.encode_segment(0).size(), 20 * ChunkMap::kSegmentEntries + 8);
}

TEST(ChunkMapTest, EverySegmentThatIsCutOffIsRefusedWhole) {
  const ChunkMap map = make_map(3);
  const ByteVector encoded = map.encode_segment(0);
  ChunkMap one;
  one.append(map.entry(0));
  ChunkMap two = one;
  two.append(map.entry(1));
  const std::size_t whole[] = {one.encode_segment(0).size(), two.encode_segment(0).size()};
  for (std::size_t length = 0; length < encoded.size(); ++length) {
    if (length != whole[0] && length != whole[1]) {
      expect_damaged(ByteSpan(encoded).first(length));
    }
  }
}

TEST(ChunkMapTest, EntriesThatCannotBeTrueAreRefused) {
  const struct {
    const char* name;
    ByteVector encoded;
  } cases[] = {
      {"no entry", {}},
      {"length 0", encode_raw(2, 0)},
      {"length past the limit", encode_raw(2, kMaxLength + 1)},
      {"length of 64 bits", encode_raw(2, ~std::uint64_t{0})},
      {"length that fits 32 bits only after a cut", encode_raw(2, (std::uint64_t{1} << 32) + 5)},
      {"chunk id 0", encode_raw(0, 1)},
      {"chunk id -1", encode_raw(1, 1)},
      {"chunk id past the largest", encode_raw(~std::uint64_t{0}, 1)},
      {"a hash cut short", encode_raw(2, 1, 15)},
      {"a byte too many", encode_raw(2, 1, 17)},
      {"a varint that never ends", ByteVector(30, std::byte{0xFF})},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    expect_damaged(c.encoded);
    ByteVector behind_a_good_one = encode_raw(2, 1);
    append_bytes(behind_a_good_one, c.encoded);
    if (std::string_view(c.name) != "no entry" && std::string_view(c.name) != "chunk id 0") {
      expect_damaged(behind_a_good_one);
    }
  }
  ChunkMap map;
  EXPECT_TRUE(map.append_segment(encode_raw(2, kMaxLength)).has_value());
}

TEST(ChunkMapTest, MoreEntriesThanASegmentHoldsAreRefused) {
  const ByteVector entry = encode_raw(2, 1);
  ByteVector encoded;
  for (std::size_t i = 0; i < ChunkMap::kSegmentEntries; ++i) {
    append_bytes(encoded, entry);
  }
  ChunkMap map;
  EXPECT_TRUE(map.append_segment(encoded).has_value());
  append_bytes(encoded, entry);
  expect_damaged(encoded);
}

TEST(ChunkMapTest, OnlyTheLastSegmentMayBeShort) {
  ChunkMap map;
  ASSERT_TRUE(map.append_segment(encode_raw(2, 1)).has_value());
  const Result<void> result = map.append_segment(encode_raw(2, 1));
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code, ErrorCode::kCorrupt);
  EXPECT_EQ(map.count(), 1U);
}

}  // namespace
}  // namespace fhirbin::chunk
