#include "engine/storage/seal_wal_frames.h"

#include <gtest/gtest.h>

namespace fhirbin::storage::wal {
namespace {

TEST(SealWalFramesTest, FramesFollowTheHeaderAndKnowTheirOffsets) {
  EXPECT_EQ(frame_offset(1, 4096), 32);
  EXPECT_EQ(frame_offset(2, 4096), 32 + 4120);
  EXPECT_EQ(frame_offset(1'100'000, 4096), 32 + std::int64_t{1'099'999} * 4120) << "past 4 GiB";
  EXPECT_EQ(frame_with_header_at(32, 4096), 1U);
  EXPECT_EQ(frame_with_page_at(56, 4096), 1U);
  EXPECT_EQ(frame_with_page_at(56 + 4120, 4096), 2U);
  EXPECT_EQ(frame_with_page_at(57, 4096), std::nullopt);
  EXPECT_EQ(frame_with_page_at(0, 4096), std::nullopt);
  EXPECT_EQ(frame_with_page_at(24, 4096), std::nullopt) << "the WAL header is no frame";
}

TEST(SealWalFramesTest, AFrameIsSeededByTheOneBeforeItAndTheFirstByTheHeader) {
  EXPECT_EQ(seed_offset(1, 4096), 24);
  EXPECT_EQ(seed_offset(2, 4096), 32 + 16);
  EXPECT_EQ(seed_offset(3, 4096), 32 + 4120 + 16);
}

TEST(SealWalFramesTest, SumsDependOnTheWordOrderAndCanBeContinued) {
  ByteVector bytes(16);
  bytes[0] = std::byte{1};
  bytes[7] = std::byte{2};
  bytes[8] = std::byte{3};
  // By hand: each word is added to its own sum together with the other sum.
  EXPECT_EQ(sum_up(WordOrder::kLittleEndian, {}, ByteSpan(bytes).first(8)),
            (Checksum{.first = 1, .second = 0x0200'0001}));
  EXPECT_EQ(sum_up(WordOrder::kBigEndian, {}, ByteSpan(bytes).first(8)),
            (Checksum{.first = 0x0100'0000, .second = 0x0100'0002}));
  for (const WordOrder order : {WordOrder::kLittleEndian, WordOrder::kBigEndian}) {
    const Checksum half = sum_up(order, {}, ByteSpan(bytes).first(8));
    EXPECT_EQ(sum_up(order, half, ByteSpan(bytes).last(8)), sum_up(order, {}, bytes));
  }
}

TEST(SealWalFramesTest, ZerosAndDamagedHeadersAreNoHeader) {
  EXPECT_EQ(read_header(ByteVector(32)), std::nullopt);
  ByteVector bytes(32);
  const auto put = [&bytes](std::size_t at, std::uint32_t value) {
    store_le(bytes.data() + at, std::byteswap(value));
  };
  put(0, 0x377F'0682);
  put(4, 3'007'000);
  put(8, 4096);
  const Checksum sum = sum_up(WordOrder::kLittleEndian, {}, ByteSpan(bytes).first(24));
  put(24, sum.first);
  put(28, sum.second);
  const auto header = read_header(bytes);
  ASSERT_TRUE(header);
  EXPECT_EQ(header->sqlite_page_bytes, 4096U);
  EXPECT_EQ(header->word_order, WordOrder::kLittleEndian);
  EXPECT_EQ(header->checksum, sum);
  for (std::size_t bit = 0; bit < 256; ++bit) {
    ByteVector damaged = bytes;
    damaged[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
    EXPECT_FALSE(read_header(damaged)) << bit;
  }
}

}  // namespace
}  // namespace fhirbin::storage::wal
