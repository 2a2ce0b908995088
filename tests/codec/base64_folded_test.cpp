// Text in lines, and with spaces anywhere: each kernel, however the text is cut, comes to the bytes
// or to the error of a decoder that takes one character after the other.

#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "engine/codec/base64.h"
#include "engine/codec/base64_kernel.h"
#include "tests/codec/base64_reference.h"
#include "tests/support/sample_bytes.h"

namespace fhirbin::codec {
namespace {

using testing::decode_naively;
using testing::encode_naively;
using testing::kBase64Characters;
using testing::NaivelyDecoded;
using testing::random_bytes;

std::string fold(std::string_view text, std::size_t line, std::string_view space) {
  std::string folded;
  for (std::size_t i = 0; i < text.size(); i += line) {
    folded.append(text.substr(i, line)).append(space);
  }
  return folded;
}

class Base64FoldedTest : public ::testing::TestWithParam<const Base64Kernel*> {
 protected:
  // Decodes `text` in pieces that end at `ends`, each into exactly the room that is asked for.
  void check(std::string_view text, const NaivelyDecoded& want, std::vector<std::size_t> ends) {
    Base64Decoder decoder(kernel_);
    ByteVector bytes;
    std::size_t begin = 0;
    ends.push_back(text.size());
    for (const std::size_t end : ends) {
      const std::string_view piece = text.substr(begin, end - begin);
      // A copy, so that a sanitizer sees what is read beyond the piece.
      const std::vector<char> source(piece.begin(), piece.end());
      ByteVector out(Base64Decoder::max_decoded_size(piece.size()));
      const Result<std::size_t> count = decoder.decode({source.data(), source.size()}, out);
      if (!count) {
        ASSERT_EQ(count.error().message, want.fault);
        ASSERT_GE(want.fault_at, begin);
        ASSERT_LT(want.fault_at, end);
        return;
      }
      append_bytes(bytes, ByteSpan(out).first(*count));
      begin = end;
    }
    const Result<void> finished = decoder.finish();
    ASSERT_EQ(finished.has_value(), !want.fault);
    if (!finished) {
      ASSERT_EQ(finished.error().message, want.fault);
      ASSERT_EQ(want.fault_at, text.size());
    }
    ASSERT_TRUE(equal_bytes(bytes, want.bytes));
  }

  void check_whole(std::string_view text) { check(text, decode_naively(text), {}); }

  // Cut once, at every place, and into pieces of every size up to `longest`.
  void check_all_cuts(std::string_view text, std::size_t longest) {
    const NaivelyDecoded want = decode_naively(text);
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
      ASSERT_NO_FATAL_FAILURE(check(text, want, {cut})) << "cut at " << cut;
    }
    for (std::size_t size = 1; size <= longest; ++size) {
      std::vector<std::size_t> ends;
      for (std::size_t end = size; end < text.size(); end += size) {
        ends.push_back(end);
      }
      ASSERT_NO_FATAL_FAILURE(check(text, want, ends)) << "pieces of " << size;
    }
  }

  const Base64Kernel& kernel_ = *GetParam();
};

INSTANTIATE_TEST_SUITE_P(All, Base64FoldedTest,
                         ::testing::ValuesIn(base64_kernels().begin(), base64_kernels().end()),
                         [](const auto& kernel) { return std::string(kernel.param->name); });

TEST_P(Base64FoldedTest, LinesOf76DecodeHoweverTheyAreCut) {
  const std::string text = encode_naively(random_bytes(400, 1));
  for (const std::string_view space : {" ", "\r\n"}) {
    ASSERT_NO_FATAL_FAILURE(check_all_cuts(fold(text, 76, space), 200));
  }
}

TEST_P(Base64FoldedTest, LinesOfEveryLengthDecode) {
  // Long enough for several of the decoder's inner copies.
  const std::string text = encode_naively(random_bytes(15000, 2));
  for (std::size_t line = 1; line < 140; ++line) {
    for (const std::string_view space : {"\n", "\r\n\t "}) {
      ASSERT_NO_FATAL_FAILURE(check_whole(fold(text, line, space))) << line;
    }
  }
}

TEST_P(Base64FoldedTest, SpacesAloneDecodeToNothing) {
  for (const std::size_t length : {1U, 63U, 64U, 65U, 8191U, 8192U, 8193U, 20000U}) {
    ASSERT_NO_FATAL_FAILURE(check_whole(std::string(length, '\n'))) << length;
  }
}

TEST_P(Base64FoldedTest, OneSpaceAnywhereInALongTextDecodes) {
  const std::string text = encode_naively(random_bytes(9001, 3));
  for (std::size_t at = 0; at <= text.size(); at += at < 200 ? 1 : 97) {
    std::string spaced = text;
    spaced.insert(at, 1, ' ');
    ASSERT_NO_FATAL_FAILURE(check_whole(spaced)) << at;
  }
}

TEST_P(Base64FoldedTest, AFaultInAnyPlaceOfFoldedTextIsTheOneOfTheFirstBadCharacter) {
  const std::string folded = fold(encode_naively(random_bytes(250, 4)), 76, "\r\n");
  for (std::size_t at = 0; at < folded.size(); ++at) {
    for (const char bad : {'=', '-', '\0', '\v', '\x80', '\xFF', '"', 'A'}) {
      std::string damaged = folded;
      damaged[at] = bad;
      const NaivelyDecoded want = decode_naively(damaged);
      ASSERT_NO_FATAL_FAILURE(check(damaged, want, {})) << at;
      ASSERT_NO_FATAL_FAILURE(check(damaged, want, {at})) << at;
      ASSERT_NO_FATAL_FAILURE(check(damaged, want, {at / 2, at + 1})) << at;
    }
  }
}

TEST_P(Base64FoldedTest, AFaultFarInIsFound) {
  const std::string folded = fold(encode_naively(random_bytes(20000, 5)), 76, " ");
  for (std::size_t at = 0; at < folded.size(); at += 311) {
    for (const char bad : {'=', '~', 'A'}) {
      std::string damaged = folded;
      damaged[at] = bad;
      ASSERT_NO_FATAL_FAILURE(check_whole(damaged)) << at;
    }
  }
}

TEST_P(Base64FoldedTest, AnyMixtureDecodesHoweverItIsCut) {
  std::mt19937_64 random(6);
  constexpr std::string_view kOthers = " \t\r\n \t\r\n==-\v\x80";
  for (int round = 0; round < 60; ++round) {
    // Up to eight of the others can only be spaces, then the end and faults come in.
    const std::size_t others = round % 2 == 0 ? 8 : kOthers.size();
    const std::size_t rarity = std::size_t{2} << random() % 7;
    std::string text(random() % 300, 'A');
    for (char& c : text) {
      c = random() % rarity == 0 ? kOthers[random() % others]
                                 : kBase64Characters[random() % kBase64Characters.size()];
    }
    ASSERT_NO_FATAL_FAILURE(check_all_cuts(text, 70)) << round;
  }
}

TEST_P(Base64FoldedTest, EncodesTheSameHoweverTheBytesAreCut) {
  const ByteVector bytes = random_bytes(500, 7);
  const std::string want = encode_naively(bytes);
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    Base64Encoder encoder(kernel_);
    std::string text;
    for (const ByteSpan piece : {ByteSpan(bytes).first(cut), ByteSpan(bytes).subspan(cut)}) {
      std::string out(Base64Encoder::max_encoded_size(piece.size()), '#');
      text.append(out, 0, encoder.encode(piece, out));
    }
    std::string out(4, '#');
    text.append(out, 0, encoder.finish(out));
    ASSERT_EQ(text, want) << cut;
  }
}

}  // namespace
}  // namespace fhirbin::codec
