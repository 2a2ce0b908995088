#include "engine/chunk/cutter.h"

#include <algorithm>
#include <bit>
#include <set>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/chunk/cut_all.h"
#include "tests/support/sample_bytes.h"

namespace fhirbin::chunk {
namespace {

using testing::random_bytes;

constexpr std::size_t kMiB = 1U << 20;

ByteVector make_periodic_bytes(std::size_t size_bytes, std::size_t period) {
  const ByteVector pattern = random_bytes(period + 8, 1);
  ByteVector bytes(size_bytes);
  for (std::size_t i = 0; i < size_bytes; ++i) {
    bytes[i] = pattern[i % period];
  }
  return bytes;
}

HashSecret make_secret(std::uint64_t seed) {
  HashSecret secret;
  const ByteVector random = random_bytes(HashSecret::kSizeBytes, seed);
  std::memcpy(secret.bytes.data(), random.data(), random.size());
  return secret;
}

// The hashes of all chunks of `content`.
std::multiset<Hash128> chunk_hashes(const Cutter& cutter, ByteSpan content) {
  std::multiset<Hash128> hashes;
  for (const std::size_t length : cut_all(cutter, content)) {
    hashes.insert(compute_hash(std::uint64_t{0}, content.first(length)));
    content = content.subspan(length);
  }
  return hashes;
}

// By the letter of FORMAT.md, a sum and a hash for each byte.
std::vector<std::size_t> cut_by_the_letter(const CutterParameters& parameters,
                                           const HashSecret& secret, ByteSpan content) {
  const auto average_bits = static_cast<unsigned>(std::countr_zero(parameters.average_bytes));
  const unsigned candidate_bits = std::min(average_bits - 2, 13U);
  std::vector<std::size_t> lengths;
  std::size_t length = 0;
  for (std::size_t i = 0; i < content.size(); ++i) {
    ++length;
    bool ends = length == parameters.max_bytes || i + 1 == content.size();
    if (length >= parameters.min_bytes && !ends) {
      const ByteSpan window = content.subspan(i + 1 - 63, 63);
      std::uint64_t sum = 0;
      for (const std::byte b : window) {
        sum = (sum * 26221 + std::to_integer<std::uint64_t>(b)) % 65536;
      }
      const unsigned zeros = length <= parameters.average_bytes ? average_bits + 2 - candidate_bits
                                                                : average_bits - 2 - candidate_bits;
      const std::uint64_t hash = load_le<std::uint64_t>(compute_hash(secret, window).bytes.data());
      ends = sum >= 65536 - (65536U >> candidate_bits) && (zeros == 0 || hash >> (64 - zeros) == 0);
    }
    if (ends) {
      lengths.push_back(std::exchange(length, 0));
    }
  }
  return lengths;
}

TEST(CutterTest, ContentIsCutByTheLetterOfTheFormat) {
  const CutterParameters cases[] = {
      {.min_bytes = 64, .average_bytes = 64, .max_bytes = 1000},
      {.min_bytes = 100, .average_bytes = 512, .max_bytes = 900},
      {.min_bytes = 1 << 10, .average_bytes = 4 << 10, .max_bytes = 16 << 10},
      {.min_bytes = 16 << 10, .average_bytes = 64 << 10, .max_bytes = 256 << 10}};
  const ByteVector contents[] = {random_bytes(kMiB, 1), make_periodic_bytes(300'000, 1000),
                                 ByteVector(100'000)};
  for (const CutterParameters& parameters : cases) {
    for (const CandidateKernel* const kernel : candidate_kernels()) {
      const Cutter cutter(parameters, make_secret(1), *kernel);
      for (const ByteVector& content : contents) {
        EXPECT_EQ(cut_all(cutter, content), cut_by_the_letter(parameters, make_secret(1), content))
            << kernel->name << ' ' << parameters.average_bytes;
      }
    }
  }
}

TEST(CutterTest, EveryChunkIsWithinTheBoundsExceptTheLast) {
  const CutterParameters cases[] = {
      {},
      {.min_bytes = 64, .average_bytes = 64, .max_bytes = 64},
      {.min_bytes = 64, .average_bytes = 64, .max_bytes = 1000},
      {.min_bytes = 1 << 10, .average_bytes = 4 << 10, .max_bytes = 16 << 10},
      {.min_bytes = 4 << 10, .average_bytes = 4 << 10, .max_bytes = 4 << 10},
  };
  const ByteVector contents[] = {
      random_bytes(3 * kMiB + 1, 1), ByteVector(3 * kMiB + 1), ByteVector(kMiB, std::byte{0xFF}),
      make_periodic_bytes(3 * kMiB, 3), make_periodic_bytes(3 * kMiB, 1000)};
  for (const CutterParameters& parameters : cases) {
    for (std::uint64_t seed = 1; seed < 4; ++seed) {
      const Cutter cutter(parameters, make_secret(seed));
      for (const ByteVector& content : contents) {
        std::vector<std::size_t> lengths = cut_all(cutter, content);
        ASSERT_LE(lengths.back(), parameters.max_bytes);
        lengths.pop_back();
        ASSERT_TRUE(std::ranges::all_of(lengths, [&](std::size_t length) {
          return length >= parameters.min_bytes && length <= parameters.max_bytes;
        }));
      }
    }
  }
}

TEST(CutterTest, ContentUpToTheMinimumIsOneChunk) {
  const Cutter cutter({}, make_secret(1));
  const std::size_t min = cutter.parameters().min_bytes;
  const ByteVector content = random_bytes(min, 1);
  for (const std::size_t length : {std::size_t{0}, std::size_t{1}, min - 1, min}) {
    EXPECT_EQ(cutter.find_cut(ByteSpan(content).first(length)), length);
  }
}

TEST(CutterTest, OnlyBytesUpToTheMaximumMatter) {
  const Cutter cutter({}, make_secret(1));
  ByteVector content(2 * kMiB, std::byte{1});
  const std::size_t max = cutter.parameters().max_bytes;
  const std::size_t cut = cutter.find_cut(ByteSpan(content).first(max));
  EXPECT_EQ(cutter.find_cut(content), cut);
  EXPECT_EQ(cutter.find_cut(ByteSpan(content).first(max + 1)), cut);
}

// A cut needs nothing of what comes after it, so content cut as it arrives is cut like content at
// rest.
TEST(CutterTest, BytesAfterACutDoNotMoveIt) {
  const Cutter cutter({}, make_secret(1));
  ByteVector content = random_bytes(2 * kMiB, 1);
  const std::size_t cut = cutter.find_cut(content);
  ASSERT_LT(cut, cutter.parameters().max_bytes);
  EXPECT_EQ(cutter.find_cut(ByteSpan(content).first(cut)), cut);
  content[cut] ^= std::byte{0xFF};
  EXPECT_EQ(cutter.find_cut(content), cut);
}

// Stores hold chunks cut by earlier releases: another rule would find no duplicate of them.
TEST(CutterTest, CutsAreTheSameInEveryReleaseAndOnEveryMachine) {
  for (const CandidateKernel* const kernel : candidate_kernels()) {
    const Cutter cutter({}, make_secret(1), *kernel);
    const std::vector<std::size_t> lengths = cut_all(cutter, random_bytes(2 * kMiB, 1));
    EXPECT_EQ(lengths,
              (std::vector<std::size_t>{271181, 278655, 314685, 321510, 321846, 316319, 272956}))
        << kernel->name;
  }
}

TEST(CutterTest, AnotherSecretCutsElsewhere) {
  const ByteVector content = random_bytes(8 * kMiB, 1);
  const auto first = cut_all(Cutter({}, make_secret(1)), content);
  EXPECT_EQ(first, cut_all(Cutter({}, make_secret(1)), content));
  EXPECT_NE(first, cut_all(Cutter({}, make_secret(2)), content));
  HashSecret nearly = make_secret(1);
  nearly.bytes[20] ^= std::byte{1};
  EXPECT_NE(first, cut_all(Cutter({}, nearly), content));
}

TEST(CutterTest, TheAverageIsNearItsParameterOnRandomBytes) {
  const ByteVector content = random_bytes(128 * kMiB, 1);
  for (std::uint64_t seed = 1; seed < 3; ++seed) {
    const Cutter cutter({}, make_secret(seed));
    const double average =
        static_cast<double>(content.size()) / static_cast<double>(cut_all(cutter, content).size());
    EXPECT_NEAR(average, 256.0 * 1024, 0.25 * 256 * 1024);
  }
}

// The odds of a cut are one in 2^(6+2) up to the average, which is the minimum here, and one in
// 2^(6-2) beyond.
TEST(CutterTest, CutsBeginAtTheMinimumAndBecomeLikelierAfterTheAverage) {
  const Cutter cutter({.min_bytes = 64, .average_bytes = 64, .max_bytes = 1000}, make_secret(1));
  const std::vector<std::size_t> lengths = cut_all(cutter, random_bytes(4 * kMiB, 1));
  const auto chunks = static_cast<double>(lengths.size());
  const auto share = [&](std::size_t length) {
    return static_cast<double>(std::ranges::count(lengths, length)) / chunks;
  };
  EXPECT_NEAR(share(64), 1.0 / 256, 0.3 / 256);
  EXPECT_NEAR(share(65), 1.0 / 16, 0.1 / 16);
}

TEST(CutterTest, AnEditChangesOnlyTheChunksAroundIt) {
  const Cutter cutter({}, make_secret(1));
  const ByteVector before = random_bytes(16 * kMiB, 1);
  const auto known = chunk_hashes(cutter, before);
  const struct {
    const char* name;
    std::size_t at;
    std::size_t insert_bytes;
    std::size_t erase_bytes;
  } cases[] = {
      {"one byte put in at the front", 0, 1, 0},
      {"many bytes put in at the front", 0, 100'001, 0},
      {"one byte taken from the front", 0, 0, 1},
      {"one byte put in inside", 7 * kMiB + 3, 1, 0},
      {"one byte changed inside", 9 * kMiB, 1, 1},
      {"a mebibyte taken from inside", 3 * kMiB, 0, kMiB},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    ByteVector after = before;
    const auto at = after.begin() + static_cast<std::ptrdiff_t>(c.at);
    after.erase(at, at + static_cast<std::ptrdiff_t>(c.erase_bytes));
    const ByteVector inserted = random_bytes(c.insert_bytes + 8, 99);
    after.insert(after.begin() + static_cast<std::ptrdiff_t>(c.at), inserted.begin(),
                 inserted.begin() + static_cast<std::ptrdiff_t>(c.insert_bytes));
    const auto now = chunk_hashes(cutter, after);
    std::vector<Hash128> fresh;
    std::ranges::set_difference(now, known, std::back_inserter(fresh));
    EXPECT_GE(fresh.size(), 1U);
    EXPECT_LE(fresh.size(), 5U);
  }
}

}  // namespace
}  // namespace fhirbin::chunk
