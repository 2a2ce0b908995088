#include "engine/codec/page_codec.h"

#include <chrono>
#include <string>

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <zstd.h>

#include "tests/support/sample_bytes.h"

namespace {

// The byte of the next compressed page that is damaged before the encoder sees it; negative: none.
std::ptrdiff_t damaged_byte = -1;

// Whether zstd says that it decoded one byte fewer than it did.
bool decodes_short = false;

}  // namespace

// Stands before zstd's own in this program, to be a zstd that compresses wrongly.
extern "C" size_t ZSTD_compress2(ZSTD_CCtx* context, void* target, size_t capacity,
                                 const void* source, size_t size_bytes) {
  static const auto real =
      reinterpret_cast<decltype(&ZSTD_compress2)>(dlsym(RTLD_NEXT, "ZSTD_compress2"));
  const size_t result = real(context, target, capacity, source, size_bytes);
  if (damaged_byte >= 0) {
    static_cast<unsigned char*>(target)[damaged_byte] ^= 0x01;
  }
  return result;
}

// Likewise, to be a zstd that decodes wrongly without saying so.
extern "C" size_t ZSTD_decompressDCtx(ZSTD_DCtx* context, void* target, size_t capacity,
                                      const void* source, size_t size_bytes) {
  static const auto real =
      reinterpret_cast<decltype(&ZSTD_decompressDCtx)>(dlsym(RTLD_NEXT, "ZSTD_decompressDCtx"));
  const size_t result = real(context, target, capacity, source, size_bytes);
  return decodes_short && ZSTD_isError(result) == 0 ? result - 1 : result;
}

namespace fhirbin::codec {
namespace {

using testing::random_bytes;

// Bytes that zstd brings to about half.
ByteVector make_hex_bytes(std::size_t size_bytes) {
  ByteVector bytes = random_bytes(size_bytes, 3);
  for (std::byte& b : bytes) {
    b = static_cast<std::byte>("0123456789abcdef"[std::to_integer<std::size_t>(b) % 16]);
  }
  return bytes;
}

ByteVector encode(ByteSpan raw, PageCodec want = PageCodec::kZstd) {
  PageEncoder encoder(3);
  const Result<PageEncoder::Page> page = encoder.encode(raw);
  EXPECT_TRUE(page.has_value());
  EXPECT_EQ(page->codec, want);
  return {page->stored.begin(), page->stored.end()};
}

// Decodes into exactly `raw_size_bytes` bytes between guards.
Result<ByteVector> decode(PageCodec codec, ByteSpan stored, std::size_t raw_size_bytes) {
  constexpr std::size_t kGuardBytes = 64;
  const ByteVector guard(kGuardBytes, std::byte{0xA5});
  ByteVector room(raw_size_bytes + 2 * kGuardBytes, std::byte{0xA5});
  PageDecoder decoder;
  const Result<void> result =
      decoder.decode(codec, stored, MutableByteSpan(room).subspan(kGuardBytes, raw_size_bytes));
  EXPECT_TRUE(equal_bytes(ByteSpan(room).first(kGuardBytes), guard));
  EXPECT_TRUE(equal_bytes(ByteSpan(room).last(kGuardBytes), guard));
  if (!result) {
    return std::unexpected(result.error());
  }
  return ByteVector(room.begin() + kGuardBytes, room.end() - kGuardBytes);
}

void expect_refused(ByteSpan stored, std::size_t raw_size_bytes) {
  const Result<ByteVector> result = decode(PageCodec::kZstd, stored, raw_size_bytes);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code, ErrorCode::kCorrupt);
}

// Frames written by hand (RFC 8878 section 3.1.1), for headers that zstd itself would not write.
class Frame {
 public:
  explicit Frame(int descriptor) {
    append_le(bytes_, std::uint32_t{0xFD2FB528});
    byte(descriptor);
  }
  Frame& byte(int value) {
    bytes_.push_back(static_cast<std::byte>(value));
    return *this;
  }
  template <std::unsigned_integral T>
  Frame& number(T value) {
    append_le(bytes_, value);
    return *this;
  }
  // `size_bytes` zeros, up to 128 KiB and the window.
  Frame& zeros(std::uint32_t size_bytes, bool last = true) {
    const std::uint32_t header = (last ? 1U : 0U) | 1U << 1 | size_bytes << 3;
    return byte(header & 0xFF).byte(header >> 8 & 0xFF).byte(header >> 16 & 0xFF).byte(0);
  }
  const ByteVector& bytes() const { return bytes_; }

 private:
  Frame& byte(std::uint32_t value) { return byte(static_cast<int>(value)); }
  ByteVector bytes_;
};

constexpr int kSingleSegment = 0x20;
constexpr int kSizeIn2Bytes = 0x40;
constexpr int kSizeIn4Bytes = 0x80;
constexpr int kSizeIn8Bytes = 0xC0;
constexpr std::size_t kMiB = 1U << 20;

TEST(PageCodecTest, HasTheNamesAndNumbersOfTheFormat) {
  EXPECT_EQ(static_cast<int>(PageCodec::kRaw), 0);
  EXPECT_EQ(static_cast<int>(PageCodec::kZstd), 1);
  EXPECT_EQ(page_codec_name(PageCodec::kRaw), "raw");
  EXPECT_EQ(page_codec_name(PageCodec::kZstd), "zstd");
  EXPECT_EQ(page_codec_name(static_cast<PageCodec>(2)), "unknown");
}

TEST(PageCodecTest, PagesComeBackAtEveryLevelAndSize) {
  for (const int level : {1, 3, 9, 19}) {
    PageEncoder encoder(level);
    PageDecoder decoder;
    for (const std::size_t size : {0U, 1U, 8U, 100U, 1000U, 65'536U, 300'000U, 1'048'576U}) {
      for (const ByteVector& raw :
           {ByteVector(size), make_hex_bytes(size), random_bytes(size, 1)}) {
        const Result<PageEncoder::Page> page = encoder.encode(raw);
        ASSERT_TRUE(page.has_value()) << page.error().message;
        ByteVector decoded(size);
        const Result<void> result = decoder.decode(page->codec, page->stored, decoded);
        ASSERT_TRUE(result.has_value()) << result.error().message;
        ASSERT_EQ(decoded, raw);
      }
    }
  }
}

TEST(PageCodecTest, WhatDoesNotShrinkIsStoredAsItIsWithoutACopy) {
  PageEncoder encoder(1);
  const ByteVector raw = random_bytes(100'000, 1);
  const Result<PageEncoder::Page> page = encoder.encode(raw);
  ASSERT_TRUE(page.has_value());
  EXPECT_EQ(page->codec, PageCodec::kRaw);
  EXPECT_EQ(page->stored.data(), raw.data());
  EXPECT_EQ(page->stored.size(), raw.size());
}

// The random part cannot shrink and the zeros cost a few bytes, so the saving passes one eighth
// slowly.
TEST(PageCodecTest, KeepsACompressedPageExactlyFromASavingOfOneEighth) {
  bool kept = false;
  bool refused = false;
  for (std::size_t zeros = 0; zeros < 400; ++zeros) {
    ByteVector raw = random_bytes(1000, 1);
    raw.resize(raw.size() + zeros);
    PageEncoder encoder(3);
    const Result<PageEncoder::Page> page = encoder.encode(raw);
    ASSERT_TRUE(page.has_value());
    const std::size_t compressed = [&raw] {
      ByteVector target(ZSTD_compressBound(raw.size()));
      return ZSTD_compress(target.data(), target.size(), raw.data(), raw.size(), 3);
    }();
    const bool worth_it = compressed * 8 <= raw.size() * 7;
    ASSERT_EQ(page->codec, worth_it ? PageCodec::kZstd : PageCodec::kRaw) << zeros;
    ASSERT_EQ(page->stored.size(), worth_it ? compressed : raw.size());
    kept = kept || worth_it;
    refused = refused || !worth_it;
  }
  EXPECT_TRUE(kept && refused);
}

TEST(PageCodecTest, APageThatDoesNotDecodeToItsSourceIsNeverReturned) {
  const ByteVector raw = make_hex_bytes(5000);
  const auto size = static_cast<std::ptrdiff_t>(encode(raw).size());
  PageEncoder encoder(3);
  std::ptrdiff_t refused = 0;
  for (std::ptrdiff_t at = 0; at < size; ++at) {
    damaged_byte = at;
    const Result<PageEncoder::Page> page = encoder.encode(raw);
    damaged_byte = -1;
    if (page) {  // a bit that zstd does not look at
      ASSERT_EQ(decode(page->codec, page->stored, raw.size()), raw) << at;
    } else {
      ASSERT_EQ(page.error().code, ErrorCode::kCorrupt);
      ++refused;
    }
  }
  EXPECT_GT(refused, size * 9 / 10);
  EXPECT_TRUE(encoder.encode(raw).has_value());
}

TEST(PageCodecTest, RefusesAnotherLengthThanWasWritten) {
  const ByteVector raw = make_hex_bytes(10'000);
  const ByteVector stored = encode(raw);
  for (const std::size_t length : {0U, 1U, 9'999U, 10'001U, 20'000U}) {
    expect_refused(stored, length);
    EXPECT_FALSE(decode(PageCodec::kRaw, raw, length).has_value());
  }
  EXPECT_EQ(decode(PageCodec::kZstd, stored, raw.size()).value(), raw);
  EXPECT_EQ(decode(PageCodec::kRaw, raw, raw.size()).value(), raw);
}

TEST(PageCodecTest, RefusesAnUnknownCodec) {
  const ByteVector raw(10);
  for (const int codec : {2, 3, 255}) {
    const Result<ByteVector> result = decode(static_cast<PageCodec>(codec), raw, raw.size());
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().code, ErrorCode::kCorrupt);
  }
}

TEST(PageCodecTest, RefusesEveryCutOffPage) {
  const ByteVector raw = make_hex_bytes(2'000);
  const ByteVector stored = encode(raw);
  for (std::size_t length = 0; length < stored.size(); ++length) {
    expect_refused(ByteVector(stored.begin(), stored.begin() + static_cast<int>(length)),
                   raw.size());
  }
}

TEST(PageCodecTest, RefusesAnythingBehindOrBeforeTheFrame) {
  const ByteVector raw = make_hex_bytes(4'000);
  const ByteVector stored = encode(raw);
  const ByteVector half = encode(ByteSpan(raw).first(2'000));
  const ByteVector other_half = encode(ByteSpan(raw).subspan(2'000));
  ByteVector skippable;
  append_le(skippable, std::uint32_t{0x184D2A50});
  append_le(skippable, std::uint32_t{4});
  append_le(skippable, std::uint32_t{0});
  const ByteVector empty_frame = Frame(kSingleSegment).byte(0).byte(1).byte(0).byte(0).bytes();
  const auto join = [](ByteVector first, const ByteVector& second) {
    append_bytes(first, second);
    return first;
  };
  expect_refused(join(half, other_half), raw.size());
  expect_refused(join(half, other_half), 2'000);
  expect_refused(join(skippable, stored), raw.size());
  expect_refused(join(stored, skippable), raw.size());
  expect_refused(join(stored, empty_frame), raw.size());
  expect_refused(join(empty_frame, stored), raw.size());
  expect_refused(join(stored, ByteVector(1)), raw.size());
  expect_refused(join(stored, ByteVector(100)), raw.size());
  // Its length looks like a frame descriptor that is in order.
  ByteVector disguised(skippable.begin(), skippable.begin() + 4);
  append_le(disguised, std::uint32_t{kSingleSegment});
  disguised.resize(disguised.size() + kSingleSegment);
  expect_refused(disguised, 0);
  expect_refused(skippable, 0);
  expect_refused(skippable, 4);
}

TEST(PageCodecTest, RefusesFramesThatItWouldNotWrite) {
  const ByteVector raw = make_hex_bytes(4'000);
  const struct {
    const char* name;
    ZSTD_cParameter parameter;
    int value;
  } cases[] = {{"no content size", ZSTD_c_contentSizeFlag, 0},
               {"a checksum", ZSTD_c_checksumFlag, 1}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    ZSTD_CCtx* const context = ZSTD_createCCtx();
    (void)ZSTD_CCtx_setParameter(context, c.parameter, c.value);
    ByteVector stored(ZSTD_compressBound(raw.size()));
    stored.resize(ZSTD_compress2(context, stored.data(), stored.size(), raw.data(), raw.size()));
    ZSTD_freeCCtx(context);
    expect_refused(stored, raw.size());
  }
  // A dictionary id, one that says "none", and the reserved and the unused bit.
  expect_refused(Frame(kSingleSegment | 1).byte(0).byte(100).zeros(100).bytes(), 100);
  expect_refused(Frame(kSingleSegment | 1).byte(7).byte(100).zeros(100).bytes(), 100);
  expect_refused(Frame(kSingleSegment | 0x08).byte(100).zeros(100).bytes(), 100);
  expect_refused(Frame(kSingleSegment | 0x10).byte(100).zeros(100).bytes(), 100);
  EXPECT_EQ(decode(PageCodec::kZstd, Frame(kSingleSegment).byte(100).zeros(100).bytes(), 100),
            ByteVector(100));
}

TEST(PageCodecTest, RefusesAWindowBeyondThePage) {
  const auto frame = [](int window, std::uint16_t size_bytes) {
    return Frame(kSizeIn2Bytes)
        .byte(window)
        .number(static_cast<std::uint16_t>(size_bytes - 256))
        .zeros(size_bytes)
        .bytes();
  };
  EXPECT_TRUE(decode(PageCodec::kZstd, frame(0x00, 1024), 1024).has_value());
  expect_refused(frame(0x00, 1023), 1023);  // 1 KiB is the smallest window
  expect_refused(frame(0x01, 1024), 1024);  // 1 KiB and an eighth
  EXPECT_TRUE(decode(PageCodec::kZstd, frame(0x01, 1152), 1152).has_value());
  expect_refused(frame(21 << 3, 1024), 1024);  // window log 31
  expect_refused(frame(0xFF, 1024), 1024);
}

TEST(PageCodecTest, DecompressionBombsAndLiesCostNeitherMemoryNorTime) {
  // 25 KB that decode to 800 MiB, telling the truth and not.
  const auto bomb = [](std::uint32_t declared) {
    Frame frame(kSizeIn4Bytes);
    frame.byte(7 << 3).number(declared);
    for (std::uint32_t block = 0; block < 6400; ++block) {
      frame.zeros(128U << 10, block == 6399);
    }
    return frame.bytes();
  };
  const ByteVector honest = bomb(800U << 20);
  const ByteVector lying = bomb(1U << 20);
  ASSERT_LT(honest.size(), 26'000U);
  // A few bytes that declare a terabyte, and one that declares everything there is.
  const ByteVector terabyte =
      Frame(kSizeIn8Bytes | kSingleSegment).number(std::uint64_t{1} << 40).zeros(0).bytes();
  const ByteVector most =
      Frame(kSizeIn8Bytes | kSingleSegment).number(~std::uint64_t{0}).zeros(0).bytes();
  const ByteVector almost_most =
      Frame(kSizeIn8Bytes | kSingleSegment).number(~std::uint64_t{2}).zeros(0).bytes();

  expect_refused(honest, kMiB);
  rusage before{};
  ASSERT_EQ(getrusage(RUSAGE_SELF, &before), 0);
  const auto start = std::chrono::steady_clock::now();
  for (const ByteVector& stored : {honest, lying, terabyte, most, almost_most}) {
    expect_refused(stored, kMiB);
    expect_refused(stored, 0);
  }
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(2));
  rusage after{};
  ASSERT_EQ(getrusage(RUSAGE_SELF, &after), 0);
  EXPECT_LT(after.ru_maxrss - before.ru_maxrss, 32L << 10);  // in KiB
}

TEST(PageCodecTest, AFrameThatDeclaresTheRightSizeAndHoldsAnotherIsRefused) {
  EXPECT_TRUE(decode(PageCodec::kZstd, Frame(kSingleSegment).byte(100).zeros(100).bytes(), 100)
                  .has_value());
  expect_refused(Frame(kSingleSegment).byte(100).zeros(99).bytes(), 100);
  expect_refused(Frame(kSingleSegment).byte(100).zeros(50, false).zeros(51).bytes(), 100);
  expect_refused(Frame(kSingleSegment).byte(100).zeros(0).bytes(), 100);
}

TEST(PageCodecTest, APageThatFillsOnlyPartOfItsRoomIsRefused) {
  const ByteVector raw = make_hex_bytes(5000);
  const ByteVector stored = encode(raw);
  decodes_short = true;
  expect_refused(stored, raw.size());
  decodes_short = false;
}

TEST(PageCodecTest, FlippedBitsGiveAnErrorOrBytesInsideThePage) {
  const ByteVector raw = make_hex_bytes(600);
  ByteVector stored = encode(raw);
  for (std::byte& b : stored) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      b ^= std::byte{1} << bit;
      // Which of the two does not matter here: a chunk's hash is checked above this layer.
      (void)decode(PageCodec::kZstd, stored, raw.size());
      b ^= std::byte{1} << bit;
    }
  }
  EXPECT_EQ(decode(PageCodec::kZstd, stored, raw.size()).value(), raw);
}

TEST(PageCodecTest, ADecoderGoesOnAfterAnError) {
  const ByteVector raw = make_hex_bytes(10'000);
  const ByteVector stored = encode(raw);
  ByteVector damaged = stored;
  damaged[damaged.size() / 2] ^= std::byte{0xFF};
  PageDecoder decoder;
  ByteVector out(raw.size());
  for (int i = 0; i < 3; ++i) {
    (void)decoder.decode(PageCodec::kZstd, damaged, out);
    ASSERT_TRUE(decoder.decode(PageCodec::kZstd, stored, out).has_value());
    ASSERT_EQ(out, raw);
  }
}

TEST(PageCodecTest, EncodersAndDecodersMove) {
  const ByteVector raw = make_hex_bytes(10'000);
  PageEncoder first(3);
  PageEncoder encoder = std::move(first);
  const Result<PageEncoder::Page> page = encoder.encode(raw);
  ASSERT_TRUE(page.has_value());
  PageDecoder other;
  PageDecoder decoder = std::move(other);
  ByteVector out(raw.size());
  EXPECT_TRUE(decoder.decode(page->codec, page->stored, out).has_value());
  EXPECT_EQ(out, raw);
}

ByteVector make_text(std::size_t size_bytes) {
  std::string text;
  for (std::uint64_t i = 0; text.size() < size_bytes; ++i) {
    text += R"({"resourceType":"Observation","id":")" + std::to_string(i * i) + R"(","value":)" +
            std::to_string(i % 97) + "},";
  }
  const ByteSpan bytes = as_bytes(text).first(size_bytes);
  return {bytes.begin(), bytes.end()};
}

// What makes the search for matches faster must not cost the coding of what has none: of ten digits
// at random, 3.3 bits each.
TEST(PageCodecTest, DigitsWithoutRepeatsTakeLessThanHalfAByteEach) {
  PageEncoder encoder(1);
  for (const std::size_t size : {10'000U, 300'000U}) {
    ByteVector raw = random_bytes(size, 7);
    for (std::byte& byte : raw) {
      byte = static_cast<std::byte>('0' + std::to_integer<unsigned>(byte) % 10);
    }
    const auto page = encoder.encode(raw);
    ASSERT_TRUE(page) << size;
    EXPECT_LT(page->stored.size(), size / 2) << size;
  }
}

TEST(PageCodecTest, WhatAnEncoderDidBeforeDoesNotShowInAPage) {
  PageEncoder used(1);
  for (const std::size_t size : {300'000U, 65'535U, 65'536U, 1'000U, 300'000U}) {
    const ByteVector raw = make_text(size);
    PageEncoder fresh(1);
    const auto got = used.encode(raw);
    const auto want = fresh.encode(raw);
    ASSERT_TRUE(got && want) << size;
    EXPECT_TRUE(equal_bytes(got->stored, want->stored)) << size;
  }
}

}  // namespace
}  // namespace fhirbin::codec
