#include "engine/util/hash.h"

#include <random>
#include <set>

#include <gtest/gtest.h>

namespace fhirbin {
namespace {

ByteVector make_random_bytes(std::size_t size_bytes, std::uint64_t seed = 1) {
  std::mt19937_64 engine(seed);
  ByteVector bytes(size_bytes);
  for (std::byte& b : bytes) {
    b = static_cast<std::byte>(engine());
  }
  return bytes;
}

HashSecret make_secret(std::uint64_t seed) {
  HashSecret secret;
  const ByteVector random = make_random_bytes(HashSecret::kSizeBytes, seed);
  std::memcpy(secret.bytes.data(), random.data(), random.size());
  return secret;
}

// Lengths on both sides of every change of method inside XXH3.
constexpr std::size_t kLengths[] = {0,   1,   3,   4,   8,   9,    16,   17,   128,
                                    129, 240, 241, 255, 256, 1023, 1024, 1025, 65537};

// Hashes lie in stores: another value for the same bytes would make every store unreadable.
TEST(HashTest, AgreesWithPublishedXxh3) {
  EXPECT_EQ(compute_hash(0, as_bytes("")).to_hex(), "99aa06d3014798d86001c324468d497f");
  EXPECT_EQ(compute_hash(0, as_bytes("abc")).to_hex(), "06b05ab6733a618578af5f94892f3950");
}

TEST(HashTest, KeyedHashesAreTheSameOnEveryMachine) {
  const HashSecret secret = make_secret(1);
  EXPECT_EQ(compute_hash(secret, as_bytes("abc")).to_hex(), "4d53f1de3b34823cc44442cfab81823e");
  EXPECT_EQ(compute_hash(secret, make_random_bytes(65537)).to_hex(),
            "523bd0b566ffd67b8044139e284e7607");
}

TEST(HashTest, AnotherSecretOrSeedGivesAnotherHash) {
  for (const std::size_t length : kLengths) {
    const ByteVector bytes = make_random_bytes(length);
    EXPECT_NE(compute_hash(make_secret(1), bytes), compute_hash(make_secret(2), bytes)) << length;
    EXPECT_NE(compute_hash(1, bytes), compute_hash(2, bytes)) << length;
  }
}

TEST(HashTest, EveryFlippedBitGivesAnotherHash) {
  const HashSecret secret = make_secret(1);
  ByteVector bytes = make_random_bytes(300);
  std::set<Hash128> seen{compute_hash(secret, bytes)};
  for (std::byte& b : bytes) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      b ^= std::byte{1} << bit;
      EXPECT_TRUE(seen.insert(compute_hash(secret, bytes)).second);
      b ^= std::byte{1} << bit;
    }
  }
}

TEST(HashTest, PiecesHashAsTheWhole) {
  for (const std::size_t length : kLengths) {
    const ByteVector bytes = make_random_bytes(length);
    for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{256}, length + 1}) {
      StreamingHash hash;
      hash.update({});
      for (ByteSpan rest = bytes; !rest.empty();) {
        hash.update(rest.first(std::min(piece, rest.size())));
        rest = rest.subspan(std::min(piece, rest.size()));
      }
      EXPECT_EQ(hash.digest(), compute_hash(0, bytes)) << length << " by " << piece;
    }
  }
}

TEST(HashTest, HexAndPrefixReadTheBytesInOrder) {
  Hash128 hash;
  for (std::size_t i = 0; i < hash.bytes.size(); ++i) {
    hash.bytes[i] = static_cast<std::byte>(i * 0x11);
  }
  EXPECT_EQ(hash.to_hex(), "00112233445566778899aabbccddeeff");
  EXPECT_EQ(hash.prefix(), 0x7766554433221100U);
}

}  // namespace
}  // namespace fhirbin
