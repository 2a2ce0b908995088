#include "engine/chunk/cut_candidates.h"

#include <algorithm>
#include <bit>
#include <vector>

#include <gtest/gtest.h>

#include "engine/util/bytes.h"
#include "tests/support/sample_bytes.h"

namespace fhirbin::chunk {
namespace {

using testing::random_bytes;

constexpr std::uint32_t kLimits[] = {1, 8, 64, kMaxCandidateLimit};

// By the definition: the sum of a whole window, for each position anew.
bool is_candidate(const std::byte* position, std::uint32_t limit) {
  std::uint32_t sum = 0;
  std::uint32_t weight = 1;
  for (std::size_t distance = 0; distance < kWindowBytes; ++distance) {
    sum += weight * std::to_integer<std::uint32_t>(*(position - distance));
    weight *= kMultiplier;
  }
  return sum % kCandidateEnd >= kCandidateEnd - limit;
}

std::vector<std::uint64_t> expected_bits(const std::byte* content, std::size_t count,
                                         std::uint32_t limit) {
  std::vector<std::uint64_t> bits((count + kBitsPerWord - 1) / kBitsPerWord);
  for (std::size_t i = 0; i < count; ++i) {
    if (is_candidate(content + i, limit)) {
      bits[i / kBitsPerWord] |= std::uint64_t{1} << (i % kBitsPerWord);
    }
  }
  return bits;
}

// What a kernel answers, into words that held something else, with one behind them.
std::vector<std::uint64_t> find_bits(const CandidateKernel& kernel, const std::byte* content,
                                     std::size_t count, std::uint32_t limit) {
  constexpr std::uint64_t kBehind = 0x0123'4567'89AB'CDEF;
  std::vector<std::uint64_t> bits((count + kBitsPerWord - 1) / kBitsPerWord, ~std::uint64_t{0});
  bits.push_back(kBehind);
  kernel.find(content, count, limit, bits);
  EXPECT_EQ(bits.back(), kBehind);
  bits.pop_back();
  return bits;
}

// Random bytes, bytes of a few values, runs, and sums that overflow as far as they can.
std::vector<ByteVector> make_contents(std::size_t size_bytes) {
  std::vector<ByteVector> contents = {random_bytes(size_bytes, 1), random_bytes(size_bytes, 2),
                                      ByteVector(size_bytes),
                                      ByteVector(size_bytes, std::byte{0xFF})};
  for (std::byte& b : contents[1]) {
    b = (b & std::byte{1}) == std::byte{0} ? std::byte{0} : std::byte{0xFF};
  }
  for (std::size_t i = 100; i < size_bytes; i += 501) {
    contents[2][i] = std::byte{1};
    contents[3][i] = std::byte{0};
  }
  return contents;
}

// 16 and 32 rows, of one, two and sixty blocks, with and without bytes that fill none.
TEST(CutCandidatesTest, EveryKernelFindsWhatTheDefinitionSays) {
  const std::size_t counts[] = {0,      1,      2,      15,     63,     64,     65,    255,
                                256,    257,    511,    512,    513,    1023,   1024,  1025,
                                15'359, 15'360, 15'361, 16'383, 30'719, 30'720, 30'721};
  const auto contents = make_contents(kLeadBytes + std::ranges::max(counts));
  for (const CandidateKernel* const kernel : candidate_kernels()) {
    for (const ByteVector& content : contents) {
      for (const std::uint32_t limit : kLimits) {
        for (const std::size_t count : counts) {
          ASSERT_EQ(find_bits(*kernel, content.data() + kLeadBytes, count, limit),
                    expected_bits(content.data() + kLeadBytes, count, limit))
              << kernel->name << ' ' << limit << ' ' << count;
        }
      }
    }
  }
}

TEST(CutCandidatesTest, AnyAlignmentAndLengthWillDo) {
  const ByteVector content = random_bytes(4096, 3);
  for (const CandidateKernel* const kernel : candidate_kernels()) {
    for (std::size_t offset = kLeadBytes; offset < 2 * kLeadBytes; ++offset) {
      for (std::size_t count = 500; count < 566; ++count) {
        ASSERT_EQ(find_bits(*kernel, content.data() + offset, count, kMaxCandidateLimit),
                  expected_bits(content.data() + offset, count, kMaxCandidateLimit))
            << kernel->name << ' ' << offset << ' ' << count;
      }
    }
  }
}

// Else a sanitizer tells.
TEST(CutCandidatesTest, OnlyTheLeadAndTheContentAreRead) {
  for (const std::size_t count : {1U, 64U, 512U, 700U, 4096U}) {
    const ByteVector whole = random_bytes(kLeadBytes + count, 4);
    for (const CandidateKernel* const kernel : candidate_kernels()) {
      EXPECT_EQ(find_bits(*kernel, whole.data() + kLeadBytes, count, 8),
                expected_bits(whole.data() + kLeadBytes, count, 8));
    }
  }
}

// Else the cutter would hash every byte of them.
TEST(CutCandidatesTest, RunsOfOneByteHoldNone) {
  for (unsigned value = 0; value < 256; ++value) {
    const ByteVector run(kLeadBytes, std::byte{static_cast<unsigned char>(value)});
    EXPECT_FALSE(is_candidate(&run.back(), kMaxCandidateLimit)) << value;
  }
}

TEST(CutCandidatesTest, CandidatesAreAsManyAsTheLimitSays) {
  constexpr std::size_t kCount = 4U << 20;
  const ByteVector content = random_bytes(kLeadBytes + kCount, 5);
  for (const std::uint32_t limit : {8U, 64U, kMaxCandidateLimit}) {
    std::size_t found = 0;
    for (const std::uint64_t word :
         find_bits(candidate_kernel(), content.data() + kLeadBytes, kCount, limit)) {
      found += static_cast<std::size_t>(std::popcount(word));
    }
    const double expected = static_cast<double>(kCount) * limit / kCandidateEnd;
    EXPECT_NEAR(static_cast<double>(found), expected, 0.25 * expected);
  }
}

}  // namespace
}  // namespace fhirbin::chunk
