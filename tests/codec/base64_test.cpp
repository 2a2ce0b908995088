#include "engine/codec/base64.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/codec/base64_reference.h"
#include "tests/support/sample_bytes.h"

namespace fhirbin::codec {
namespace {

using testing::encode_naively;
using testing::random_bytes;

// Encodes `pieces` one after the other; spare room is checked to stay as it was.
std::string encode_pieces(const std::vector<ByteSpan>& pieces) {
  Base64Encoder encoder;
  std::string text;
  for (const ByteSpan piece : pieces) {
    std::string out(Base64Encoder::max_encoded_size(piece.size()), '#');
    text.append(out, 0, encoder.encode(piece, out));
  }
  std::string out(4, '#');
  text.append(out, 0, encoder.finish(out));
  return text;
}

// Decodes `pieces` one after the other, each into exactly the room that is asked for.
Result<ByteVector> decode_pieces(const std::vector<std::string_view>& pieces) {
  Base64Decoder decoder;
  ByteVector bytes;
  for (const std::string_view piece : pieces) {
    ByteVector out(Base64Decoder::max_decoded_size(piece.size()));
    const Result<std::size_t> count = decoder.decode(piece, out);
    if (!count) {
      return std::unexpected(count.error());
    }
    append_bytes(bytes, ByteSpan(out).first(*count));
  }
  if (const Result<void> finished = decoder.finish(); !finished) {
    return std::unexpected(finished.error());
  }
  return bytes;
}

void expect_refused(const std::vector<std::string_view>& pieces) {
  const Result<ByteVector> result = decode_pieces(pieces);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code, ErrorCode::kInvalidResource);
  EXPECT_EQ(result.error().issue, IssueType::kValue);
}

TEST(Base64Test, HasTheTestVectorsOfRfc4648) {
  const struct {
    std::string_view bytes;
    std::string_view text;
  } cases[] = {{"", ""},
               {"f", "Zg=="},
               {"fo", "Zm8="},
               {"foo", "Zm9v"},
               {"foob", "Zm9vYg=="},
               {"fooba", "Zm9vYmE="},
               {"foobar", "Zm9vYmFy"}};
  for (const auto& c : cases) {
    EXPECT_EQ(encode_pieces({as_bytes(c.bytes)}), c.text);
    EXPECT_EQ(as_text(decode_pieces({c.text}).value()), c.bytes);
    EXPECT_EQ(base64_length(c.bytes.size()), c.text.size());
  }
}

TEST(Base64Test, AgreesWithANaiveEncoderAtEveryLength) {
  for (std::size_t length = 0; length < 200; ++length) {
    const ByteVector bytes = random_bytes(length, length + 1);
    const std::string text = encode_naively(bytes);
    ASSERT_EQ(encode_pieces({bytes}), text);
    ASSERT_EQ(base64_length(length), text.size());
    ASSERT_EQ(decode_pieces({text}).value(), bytes);
  }
}

TEST(Base64Test, EncodesTheSameHoweverTheBytesAreCut) {
  for (std::size_t length = 0; length <= 40; ++length) {
    const ByteVector bytes = random_bytes(length, 1);
    const std::string want = encode_naively(bytes);
    for (std::size_t first = 0; first <= length; ++first) {
      for (std::size_t second = first; second <= length; ++second) {
        const ByteSpan all = bytes;
        ASSERT_EQ(encode_pieces(
                      {all.first(first), all.subspan(first, second - first), all.subspan(second)}),
                  want);
      }
    }
  }
}

TEST(Base64Test, DecodesTheSameHoweverTheTextIsCut) {
  for (std::size_t length = 0; length <= 26; ++length) {
    const ByteVector bytes = random_bytes(length, 1);
    const std::string text = encode_naively(bytes);
    const std::string_view all = text;
    for (std::size_t first = 0; first <= text.size(); ++first) {
      for (std::size_t second = first; second <= text.size(); ++second) {
        ASSERT_EQ(decode_pieces(
                      {all.substr(0, first), all.substr(first, second - first), all.substr(second)})
                      .value(),
                  bytes);
      }
    }
  }
}

TEST(Base64Test, TakesOneCharacterAtATime) {
  const ByteVector bytes = random_bytes(500, 1);
  const std::string text = encode_naively(bytes);
  std::vector<std::string_view> characters;
  for (std::size_t i = 0; i < text.size(); ++i) {
    characters.push_back(std::string_view(text).substr(i, 1));
  }
  EXPECT_EQ(decode_pieces(characters).value(), bytes);
}

TEST(Base64Test, AnEncoderMayBeUsedAgainAfterFinish) {
  Base64Encoder encoder;
  for (const std::string_view text : {"f", "fo"}) {
    std::string out(Base64Encoder::max_encoded_size(text.size()), '#');
    EXPECT_EQ(encoder.encode(as_bytes(text), out), 0U);
    EXPECT_EQ(encoder.finish(out), 4U);
    EXPECT_EQ(out.substr(0, 4), encode_naively(as_bytes(text)));
    EXPECT_EQ(encoder.finish(out), 0U);
  }
}

TEST(Base64Test, SkipsWhitespaceWhereverItStands) {
  for (std::size_t length = 0; length <= 30; ++length) {
    const ByteVector bytes = random_bytes(length, 1);
    const std::string text = encode_naively(bytes);
    for (std::size_t at = 0; at <= text.size(); ++at) {
      for (const std::string_view space : {" ", "\t", "\r", "\n", " \r\n\t \n"}) {
        std::string spaced = text;
        spaced.insert(at, space);
        ASSERT_EQ(decode_pieces({spaced}).value(), bytes);
        // A piece may end before, within and after it, too.
        for (std::size_t cut = at; cut <= at + space.size(); ++cut) {
          ASSERT_EQ(decode_pieces({std::string_view(spaced).substr(0, cut),
                                   std::string_view(spaced).substr(cut)})
                        .value(),
                    bytes);
        }
      }
    }
  }
}

TEST(Base64Test, SkipsWhitespaceAroundEveryCharacterAndInLines) {
  const ByteVector bytes = random_bytes(1000, 1);
  const std::string text = encode_naively(bytes);
  for (std::size_t line = 1; line < 100; ++line) {
    std::string spaced = "\n";
    for (std::size_t i = 0; i < text.size(); i += line) {
      spaced.append(text, i, line).append(" ");
    }
    ASSERT_EQ(decode_pieces({spaced}).value(), bytes) << line;
  }
  EXPECT_EQ(decode_pieces({" \t\r\n"}).value(), ByteVector());
}

TEST(Base64Test, AcceptsUnusedBitsThatAreSet) {
  EXPECT_EQ(as_text(decode_pieces({"Zh=="}).value()), "f");
  EXPECT_EQ(as_text(decode_pieces({"Zv=="}).value()), "f");
  EXPECT_EQ(as_text(decode_pieces({"Zm9="}).value()), "fo");
}

TEST(Base64Test, RefusesEveryFault) {
  const struct {
    const char* name;
    std::string_view text;
  } cases[] = {
      {"url-safe minus", "Zm9-"},
      {"url-safe underscore", "Zm9_"},
      {"padding missing after two", "Zg"},
      {"padding missing after three", "Zm8"},
      {"half of the padding", "Zg="},
      {"one character", "Z"},
      {"one character of a second quantum", "Zm9vZ"},
      {"padding alone", "="},
      {"padding of a whole quantum", "===="},
      {"padding after one character", "Z==="},
      {"padding after a whole quantum", "Zm9v="},
      {"padding before a character", "Zg=v"},
      {"padding in the middle", "Zg==Zm9v"},
      {"padding in the middle, one", "Zm8=Zm9v"},
      {"three paddings", "Zg==="},
      {"two paddings after three", "Zm8=="},
      {"more padding after the end", "Zg====="},
      {"a character after the end", "Zg==Z"},
      {"a character after the end and a space", "Zg== Z"},
      {"vertical tab", "Zm\v9v"},
      {"form feed", "Zm\f9v"},
      {"no-break space in UTF-8",
       "Zm\xC2\xA0"
       "9v"},
      {"NUL", std::string_view("Zm\0v", 4)},
      {"backslash", "Zm9v\\n"},
      {"quote", "Zm9v\""},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    expect_refused({c.text});
    const std::string behind_others = std::string(64, 'A').append(c.text);
    expect_refused({behind_others});
    for (std::size_t cut = 0; cut <= c.text.size(); ++cut) {
      expect_refused({c.text.substr(0, cut), c.text.substr(cut)});
    }
  }
}

TEST(Base64Test, RefusesEveryForeignByteAtEveryPlace) {
  const std::string text = encode_naively(random_bytes(24, 1));
  for (int value = 0; value < 256; ++value) {
    const char c = static_cast<char>(value);
    if (testing::kBase64Characters.contains(c) || std::string_view(" \t\r\n").contains(c)) {
      continue;
    }
    for (std::size_t at = 0; at < text.size(); ++at) {
      std::string damaged = text;
      damaged[at] = c;
      // Padding may stand in the last place only.
      ASSERT_EQ(decode_pieces({damaged}).has_value(), c == '=' && at + 1 == text.size())
          << value << " at " << at;
    }
  }
}

// Content is health data: no part of it may reach a log through a message.
TEST(Base64Test, MessagesHoldNothingOfTheText) {
  for (const std::string_view text : {"Zm9-", "QQQQ~", "QQQQ=QQQ", "QQ==Q", "QQQQQQ"}) {
    const Result<ByteVector> result = decode_pieces({text});
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().message.find("QQ"), std::string::npos);
    EXPECT_EQ(result.error().message.find_first_of("~-="), std::string::npos);
  }
}

}  // namespace
}  // namespace fhirbin::codec
