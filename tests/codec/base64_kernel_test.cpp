#include "engine/codec/base64_kernel.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <random>
#include <set>
#include <string>

#include <gtest/gtest.h>
#include <sys/mman.h>

#include "tests/codec/base64_reference.h"
#include "tests/support/sample_bytes.h"

namespace fhirbin::codec {
namespace {

using testing::encode_naively;
using testing::kBase64Characters;
using testing::random_bytes;

// Over two of the widest steps, which are 256 characters, and every rest of them.
constexpr std::size_t kLongest = 600;

// Memory between two pages that nobody may touch. What is laid at an end of it faults when it is
// read or written beyond.
class FencedMemory {
 public:
  static constexpr std::size_t kSizeBytes = 4096;

  FencedMemory()
      : pages_(static_cast<char*>(
            mmap(nullptr, 3 * kSizeBytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))) {
    if (pages_ == MAP_FAILED || mprotect(begin(), kSizeBytes, PROT_READ | PROT_WRITE) != 0) {
      std::abort();
    }
  }
  FencedMemory(const FencedMemory&) = delete;
  FencedMemory& operator=(const FencedMemory&) = delete;
  ~FencedMemory() { munmap(pages_, 3 * kSizeBytes); }

  char* begin() const { return pages_ + kSizeBytes; }
  // Where `length` characters begin that end at the fence.
  char* last(std::size_t length) const { return begin() + kSizeBytes - length; }

  // A copy of `text` that ends at the fence.
  std::string_view copy_last(std::string_view text) const {
    std::ranges::copy(text, last(text.size()));
    return {last(text.size()), text.size()};
  }
  // A copy of `text` that begins `offset` characters behind the fence.
  std::string_view copy_first(std::string_view text, std::size_t offset) const {
    std::ranges::copy(text, begin() + offset);
    return {begin() + offset, text.size()};
  }

 private:
  char* pages_;
};

// What decode_quanta() has to return for `text`.
std::size_t count_plain(std::string_view text) {
  const std::size_t plain = std::min(text.find_first_not_of(kBase64Characters), text.size());
  return plain / 4 * 4;
}

std::string without_spaces(std::string_view text) {
  std::string rest(text);
  std::erase_if(rest, [](char c) { return std::string_view(" \t\r\n").contains(c); });
  return rest;
}

std::size_t room_for(std::string_view text) { return text.size() / 4 * 3 + kDecodeSlackBytes; }

class Base64KernelTest : public ::testing::TestWithParam<const Base64Kernel*> {
 protected:
  // Decodes `text`, wherever it lies, to the end of fenced memory and compares with the scalar
  // kernel.
  void check_decode(std::string_view text) {
    auto* const target = reinterpret_cast<std::byte*>(target_.last(room_for(text)));
    const std::size_t read = kernel_.decode_quanta(text, target);
    ASSERT_EQ(read, count_plain(text));
    std::array<std::byte, FencedMemory::kSizeBytes> want{};
    ASSERT_EQ(scalar_kernel().decode_quanta(text, want.data()), read);
    const std::size_t count = read / 4 * 3;
    ASSERT_TRUE(equal_bytes({target, count}, ByteSpan(want).first(count)));
  }

  void check_drop_spaces(std::string_view text) {
    char* const target = target_.last(text.size());
    const std::size_t left = kernel_.drop_spaces(text, target);
    ASSERT_EQ(std::string_view(target, left), without_spaces(text));
  }

  const Base64Kernel& kernel_ = *GetParam();
  FencedMemory source_;
  FencedMemory target_;
};

INSTANTIATE_TEST_SUITE_P(All, Base64KernelTest,
                         ::testing::ValuesIn(base64_kernels().begin(), base64_kernels().end()),
                         [](const auto& kernel) { return std::string(kernel.param->name); });

TEST_P(Base64KernelTest, EncodesAsTheNaiveEncoderAtEveryLengthAndTouchesNothingElse) {
  const ByteVector bytes = random_bytes(kLongest, 1);
  const std::string want = encode_naively(bytes);
  for (std::size_t length = 0; length <= kLongest; ++length) {
    const std::size_t written = length / 3 * 4;
    const std::string_view source = source_.copy_last(as_text(ByteSpan(bytes).first(length)));
    char* const target = target_.last(written);
    ASSERT_EQ(kernel_.encode_quanta(as_bytes(source), target), length / 3 * 3);
    ASSERT_EQ(std::string_view(target, written), want.substr(0, written)) << length;
    // Nor is anything written behind the text where there would be room.
    std::string spare(written + 64, '#');
    ASSERT_EQ(kernel_.encode_quanta(as_bytes(source), spare.data()), length / 3 * 3);
    ASSERT_EQ(spare, want.substr(0, written) + std::string(64, '#')) << length;
  }
}

TEST_P(Base64KernelTest, EncodesAtEveryAlignmentOfSourceAndTarget) {
  const ByteVector bytes = random_bytes(kLongest, 2);
  const std::string want = encode_naively(bytes);
  for (std::size_t from = 0; from < 64; ++from) {
    for (std::size_t to = 0; to < 64; ++to) {
      const std::string_view source = source_.copy_first(as_text(bytes), from);
      ASSERT_EQ(kernel_.encode_quanta(as_bytes(source), target_.begin() + to), kLongest);
      ASSERT_EQ(std::string_view(target_.begin() + to, want.size()), want);
    }
  }
}

TEST_P(Base64KernelTest, EncodesEveryPairOfBytesAtEveryPlaceOfAQuantum) {
  ByteVector bytes;
  for (unsigned pair = 0; pair < 0x10000; ++pair) {
    bytes.push_back(static_cast<std::byte>(pair >> 8));
    bytes.push_back(static_cast<std::byte>(pair));
    bytes.push_back(static_cast<std::byte>(pair >> 8));
  }
  const std::string want = encode_naively(bytes);
  std::string text(want.size(), '#');
  ASSERT_EQ(kernel_.encode_quanta(bytes, text.data()), bytes.size());
  ASSERT_EQ(text, want);
  ByteVector decoded(room_for(text));
  ASSERT_EQ(kernel_.decode_quanta(text, decoded.data()), text.size());
  ASSERT_TRUE(equal_bytes(ByteSpan(decoded).first(bytes.size()), bytes));
}

TEST_P(Base64KernelTest, DecodesEveryLengthAndTouchesNothingBeyondItsRoom) {
  const std::string text = encode_naively(random_bytes(kLongest / 4 * 3, 3));
  for (std::size_t length = 0; length <= text.size(); ++length) {
    ASSERT_NO_FATAL_FAILURE(check_decode(source_.copy_last(text.substr(0, length)))) << length;
  }
}

TEST_P(Base64KernelTest, DecodesAtEveryAlignmentOfSourceAndTarget) {
  const ByteVector bytes = random_bytes(kLongest / 4 * 3, 4);
  const std::string text = encode_naively(bytes);
  for (std::size_t from = 0; from < 64; ++from) {
    const std::string_view source = source_.copy_first(text, from);
    for (std::size_t to = 0; to < 64; ++to) {
      auto* const target = reinterpret_cast<std::byte*>(target_.begin() + to);
      ASSERT_EQ(kernel_.decode_quanta(source, target), text.size());
      ASSERT_TRUE(equal_bytes({target, bytes.size()}, bytes));
    }
  }
}

TEST_P(Base64KernelTest, DecodingStopsBeforeEveryForeignByteAtEveryPlace) {
  const std::string text = encode_naively(random_bytes(kLongest / 4 * 3, 5));
  const std::string_view source = source_.copy_last(text);
  for (std::size_t at = 0; at < text.size(); ++at) {
    char& place = *source_.last(text.size() - at);
    for (unsigned value = 0; value < 256; ++value) {
      // All values at each of the first places, at the later ones some, as the table is the same.
      if (at >= 70 && value % 16 != at % 16 &&
          !std::string_view(" \n=-_\x80\xFF").contains(static_cast<char>(value))) {
        continue;
      }
      place = static_cast<char>(value);
      ASSERT_NO_FATAL_FAILURE(check_decode(source)) << value << " at " << at;
    }
    place = text[at];
  }
}

TEST_P(Base64KernelTest, DecodesAnyBytesAsTheScalarKernelDoes) {
  std::mt19937_64 random(6);
  for (int round = 0; round < 20000; ++round) {
    std::string text(random() % kLongest, 'A');
    const std::size_t rarity = std::size_t{1} << random() % 12;  // of bytes that may be any
    for (char& c : text) {
      c = random() % rarity == 0 ? static_cast<char>(random())
                                 : kBase64Characters[random() % kBase64Characters.size()];
    }
    ASSERT_NO_FATAL_FAILURE(check_decode(source_.copy_last(text))) << round;
  }
}

TEST_P(Base64KernelTest, DropsTheFourSpacesAndNoOtherByteAtEveryPlace) {
  const std::string text = encode_naively(random_bytes(150, 7));
  const std::string_view source = source_.copy_last(text);
  for (std::size_t at = 0; at < text.size(); ++at) {
    for (unsigned value = 0; value < 256; ++value) {
      *source_.last(text.size() - at) = static_cast<char>(value);
      ASSERT_NO_FATAL_FAILURE(check_drop_spaces(source)) << value << " at " << at;
    }
    *source_.last(text.size() - at) = text[at];
  }
}

TEST_P(Base64KernelTest, DropsSpacesOfTextsAsDenseAsCanBeAtEveryAlignment) {
  std::mt19937_64 random(8);
  constexpr std::string_view kSome = " \t\r\n\v\f\x1F!\xA0\x89=A/";
  for (int round = 0; round < 20000; ++round) {
    std::string text(random() % kLongest, 'Q');
    const std::size_t rarity = std::size_t{1} << random() % 10;
    for (char& c : text) {
      c = random() % rarity == 0 ? kSome[random() % kSome.size()] : c;
    }
    ASSERT_NO_FATAL_FAILURE(check_drop_spaces(source_.copy_last(text))) << round;
    ASSERT_NO_FATAL_FAILURE(check_drop_spaces(source_.copy_first(text, random() % 64))) << round;
  }
  for (std::size_t length = 0; length <= kLongest; ++length) {
    ASSERT_NO_FATAL_FAILURE(check_drop_spaces(source_.copy_last(std::string(length, ' '))));
  }
}

TEST(Base64KernelListTest, BeginsWithTheScalarKernelAndEndsWithTheOneInUse) {
  ASSERT_FALSE(base64_kernels().empty());
  EXPECT_EQ(base64_kernels().front(), &scalar_kernel());
  EXPECT_EQ(base64_kernels().back(), &base64_kernel());
  std::set<std::string_view> names;
  for (const Base64Kernel* kernel : base64_kernels()) {
    EXPECT_TRUE(names.insert(kernel->name).second) << kernel->name;
  }
}

TEST(Base64KernelListTest, HoldsWhatThisCpuCanRun) {
  std::set<std::string_view> names;
  for (const Base64Kernel* kernel : base64_kernels()) {
    names.insert(kernel->name);
  }
#if defined(__x86_64__)
  EXPECT_EQ(names.contains("avx2"), __builtin_cpu_supports("avx2") != 0);
  EXPECT_EQ(names.contains("avx512vbmi"), __builtin_cpu_supports("avx512vbmi2") != 0);
#elif defined(__aarch64__)
  EXPECT_TRUE(names.contains("neon"));
#endif
}

}  // namespace
}  // namespace fhirbin::codec
