#include "engine/util/bytes.h"

#include <limits>

#include <gtest/gtest.h>

namespace fhirbin {
namespace {

constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();

ByteVector make_bytes(std::initializer_list<int> values) {
  ByteVector bytes;
  for (const int value : values) {
    bytes.push_back(static_cast<std::byte>(value));
  }
  return bytes;
}

TEST(VarintTest, HasSevenBitsAByteLowBitsFirst) {
  const struct {
    std::uint64_t value;
    ByteVector encoded;
  } cases[] = {
      {0, make_bytes({0x00})},
      {0x7F, make_bytes({0x7F})},
      {0x80, make_bytes({0x80, 0x01})},
      {0x3FFF, make_bytes({0xFF, 0x7F})},
      {0x4000, make_bytes({0x80, 0x80, 0x01})},
      {kMax, make_bytes({0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01})},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.value);
    ByteVector encoded;
    append_varint(encoded, c.value);
    EXPECT_EQ(encoded, c.encoded);
    ByteSpan rest = encoded;
    EXPECT_EQ(take_varint(rest), c.value);
    EXPECT_TRUE(rest.empty());
  }
}

TEST(VarintTest, EveryBitLengthComesBackAndLeavesWhatFollows) {
  for (unsigned bits = 0; bits < 64; ++bits) {
    for (const std::uint64_t value :
         {std::uint64_t{1} << bits, (std::uint64_t{1} << bits) - 1, kMax >> bits}) {
      ByteVector encoded;
      append_varint(encoded, value);
      encoded.push_back(std::byte{0xAB});
      ByteSpan rest = encoded;
      ASSERT_EQ(take_varint(rest), value);
      ASSERT_EQ(rest.size(), 1U);
      ASSERT_EQ(rest[0], std::byte{0xAB});
    }
  }
}

TEST(VarintTest, ACutOffOneIsRefusedAndNothingIsTaken) {
  ByteVector encoded;
  append_varint(encoded, kMax);
  for (std::size_t length = 0; length < encoded.size(); ++length) {
    ByteSpan rest = ByteSpan(encoded).first(length);
    EXPECT_EQ(take_varint(rest), std::nullopt);
    EXPECT_EQ(rest.size(), length);
  }
}

TEST(VarintTest, MoreThan64BitsAreRefused) {
  const ByteVector cases[] = {
      make_bytes({0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x02}),
      make_bytes({0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00}),
      make_bytes({0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}),
  };
  for (const ByteVector& encoded : cases) {
    ByteSpan rest = encoded;
    EXPECT_EQ(take_varint(rest), std::nullopt);
  }
}

TEST(FixedWidthTest, IntegersAreLittleEndianWhereverTheyStand) {
  ByteVector bytes = make_bytes({0xEE});
  append_le(bytes, std::uint32_t{0x01020304});
  append_le(bytes, std::uint16_t{0xA0B0});
  EXPECT_EQ(bytes, make_bytes({0xEE, 0x04, 0x03, 0x02, 0x01, 0xB0, 0xA0}));
  EXPECT_EQ(load_le<std::uint32_t>(bytes.data() + 1), 0x01020304U);
}

TEST(ByteSpanTest, EqualityLooksAtLengthAndBytesAndTakesEmptySpans) {
  const ByteVector bytes = make_bytes({1, 2, 3});
  EXPECT_TRUE(equal_bytes(bytes, make_bytes({1, 2, 3})));
  EXPECT_FALSE(equal_bytes(bytes, make_bytes({1, 2, 4})));
  EXPECT_FALSE(equal_bytes(bytes, make_bytes({1, 2})));
  EXPECT_TRUE(equal_bytes({}, {}));
  EXPECT_EQ(as_text(as_bytes("text")), "text");
}

}  // namespace
}  // namespace fhirbin
