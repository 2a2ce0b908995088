#include "engine/fhir/payload_decoder.h"

#include <random>
#include <string>

#include <gtest/gtest.h>

#include "engine/util/try.h"
#include "tests/fhir/lifting.h"
#include "tests/support/result_matchers.h"
#include "tests/support/sample_bytes.h"

namespace fhirbin::fhir {
namespace {

using testing::is_error;
using testing::is_ok;
using testing::random_bytes;

std::string encode(ByteSpan bytes) {
  std::string text(codec::Base64Encoder::max_encoded_size(bytes.size()) + 4, '\0');
  codec::Base64Encoder encoder;
  std::size_t length = encoder.encode(bytes, text);
  length += encoder.finish(std::span(text).subspan(length));
  text.resize(length);
  return text;
}

// What a payload came to.
struct Decoded {
  std::string content;
  std::size_t largest_write = 0;
  bool is_faulty = false;
};

// Decodes `text` in pieces of at most `piece_length` characters.
Decoded decode(std::string_view text, std::size_t piece_length = SIZE_MAX) {
  PayloadDecoder decoder;
  KeepingSink sink;
  while (!text.empty()) {
    EXPECT_THAT(decoder.write(text.substr(0, piece_length), sink), is_ok());
    text.remove_prefix(std::min(piece_length, text.size()));
  }
  EXPECT_THAT(decoder.finish(sink), is_ok());
  return {.content = sink.kept,
          .largest_write = sink.largest_write,
          .is_faulty = decoder.fault().has_value()};
}

// Takes `room` bytes and then no more.
class FullSink final : public ContentSink {
 public:
  explicit FullSink(std::size_t room) : room_(room) {}
  Result<void> write(ByteSpan content) override {
    if (content.size() > room_) {
      return fail(ErrorCode::kNoSpace, "full");
    }
    room_ -= content.size();
    return {};
  }

 private:
  std::size_t room_;
};

TEST(PayloadDecoderTest, DecodesTheVectorsOfRfc4648) {
  const std::pair<const char*, const char*> vectors[] = {{"", ""},
                                                         {"Zg==", "f"},
                                                         {"Zm8=", "fo"},
                                                         {"Zm9v", "foo"},
                                                         {"Zm9vYg==", "foob"},
                                                         {"Zm9vYmE=", "fooba"},
                                                         {"Zm9vYmFy", "foobar"}};
  for (const auto& [text, content] : vectors) {
    for (const std::size_t piece : {1U, 2U, 3U, 100U}) {
      const Decoded decoded = decode(text, piece);
      EXPECT_EQ(decoded.content, content);
      EXPECT_FALSE(decoded.is_faulty) << text;
    }
  }
}

// Around the characters decoded at once and the bytes of one write.
TEST(PayloadDecoderTest, ContentOfAnyLengthComesInWritesOfLimitedSize) {
  constexpr std::size_t kWrite = PayloadDecoder::kMaxWriteBytes;
  constexpr std::size_t kSlice = 12U << 10;  // bytes that 16 Ki characters become
  for (const std::size_t edge : {kSlice, kWrite, kWrite + kSlice, 3 * kWrite}) {
    for (std::size_t size = edge - 4; size <= edge + 4; ++size) {
      const ByteVector bytes = random_bytes(size, size);
      for (const std::size_t piece : {std::size_t{4099}, SIZE_MAX}) {
        const Decoded decoded = decode(encode(bytes), piece);
        ASSERT_TRUE(decoded.content == as_text(bytes)) << size << " by " << piece;
        ASSERT_LE(decoded.largest_write, kWrite);
        ASSERT_FALSE(decoded.is_faulty);
      }
    }
  }
}

TEST(PayloadDecoderTest, CutsAndBreaksMakeNoDifference) {
  std::mt19937_64 random(1);
  for (int round = 0; round < 300; ++round) {
    const ByteVector bytes = random_bytes(random() % 300, random());
    std::string text;
    for (const char c : encode(bytes)) {
      text.push_back(c);
      if (random() % 5 == 0) {
        text.push_back(" \t\r\n"[random() % 4]);
      }
    }
    const Decoded decoded = decode(text, 1 + random() % 20);
    ASSERT_TRUE(decoded.content == as_text(bytes)) << text;
    ASSERT_FALSE(decoded.is_faulty) << text;
  }
}

// Whether a fault counts shows later, so it must not end the reading of the body.
TEST(PayloadDecoderTest, AFaultIsKeptAndWhatFollowsIsIgnored) {
  for (const std::string_view text :
       {"Zm9v*Zm9v", "Zg==Zg==", "Z===", "=", "Zm9vZ", "Zm9vZg=", "Zm9vZg", "Zm9v\\", "Zm-_"}) {
    PayloadDecoder decoder;
    KeepingSink sink;
    ASSERT_THAT(decoder.write(text, sink), is_ok());
    ASSERT_THAT(decoder.write("Zm9v*", sink), is_ok());
    ASSERT_THAT(decoder.finish(sink), is_ok());
    ASSERT_TRUE(decoder.fault().has_value()) << text;
    EXPECT_EQ(decoder.fault()->code, ErrorCode::kInvalidResource);
    EXPECT_EQ(decoder.fault()->issue, IssueType::kValue);
    EXPECT_EQ(decoder.fault()->message.find("Zm9v"), std::string::npos);
    EXPECT_EQ(sink.kept, "") << "a payload at fault is not worth a write";
  }
}

TEST(PayloadDecoderTest, NothingBehindAFaultReachesTheSink) {
  PayloadDecoder decoder;
  KeepingSink sink;
  ASSERT_THAT(decoder.write("*", sink), is_ok());
  ASSERT_THAT(decoder.write(encode(random_bytes(3 * PayloadDecoder::kMaxWriteBytes, 1)), sink),
              is_ok());
  EXPECT_TRUE(sink.kept.empty());
}

TEST(PayloadDecoderTest, AMissingEndIsAFaultOnlyAtTheEnd) {
  for (const std::string_view text : {"Z", "Zg", "Zm8", "Zg="}) {
    PayloadDecoder decoder;
    KeepingSink sink;
    ASSERT_THAT(decoder.write(text, sink), is_ok());
    EXPECT_FALSE(decoder.fault().has_value()) << text;
    ASSERT_THAT(decoder.finish(sink), is_ok());
    EXPECT_TRUE(decoder.fault().has_value()) << text;
  }
}

TEST(PayloadDecoderTest, TheSinksErrorsArePassedOnWhenWritingAndWhenFinishing) {
  const std::string long_text = encode(random_bytes(3 * PayloadDecoder::kMaxWriteBytes, 1));
  PayloadDecoder writing;
  FullSink small(1000);
  EXPECT_THAT(writing.write(long_text, small), is_error(ErrorCode::kNoSpace));
  EXPECT_FALSE(writing.fault().has_value()) << "the text is not at fault";

  PayloadDecoder finishing;
  FullSink none(0);
  ASSERT_THAT(finishing.write("Zm9v", none), is_ok());
  EXPECT_THAT(finishing.finish(none), is_error(ErrorCode::kNoSpace));
}

}  // namespace
}  // namespace fhirbin::fhir
