#include "tests/support/sha256.h"

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>

namespace fhirbin::testing {
namespace {

constexpr std::size_t kBlockBytes = 64;
constexpr std::size_t kRounds = 64;

// The standard defines its constants as fractions of roots of the first primes, so they are made
// that way: the first 32 bits behind the point, which a long double holds exactly enough.
std::uint32_t fraction_bits(long double root) {
  return static_cast<std::uint32_t>((root - std::floor(root)) * 4294967296.0L);
}

bool is_prime(unsigned number) {
  for (unsigned divisor = 2; divisor * divisor <= number; ++divisor) {
    if (number % divisor == 0) {
      return false;
    }
  }
  return true;
}

struct Constants {
  std::array<std::uint32_t, 8> start{};        // from square roots
  std::array<std::uint32_t, kRounds> round{};  // from cube roots

  Constants() {
    unsigned prime = 2;
    for (std::size_t i = 0; i < kRounds; ++i, ++prime) {
      while (!is_prime(prime)) {
        ++prime;
      }
      round[i] = fraction_bits(std::cbrt(static_cast<long double>(prime)));
      if (i < start.size()) {
        start[i] = fraction_bits(std::sqrt(static_cast<long double>(prime)));
      }
    }
  }
};

std::uint32_t load_be(const std::byte* bytes) {
  std::uint32_t value = 0;
  for (int i = 0; i < 4; ++i) {
    value = (value << 8) | std::to_integer<std::uint32_t>(bytes[i]);
  }
  return value;
}

void take_block(const Constants& constants, const std::byte* block,
                std::array<std::uint32_t, 8>& state) {
  std::array<std::uint32_t, kRounds> words{};
  for (std::size_t i = 0; i < 16; ++i) {
    words[i] = load_be(block + (i * 4));
  }
  for (std::size_t i = 16; i < kRounds; ++i) {
    const std::uint32_t x = words[i - 15];
    const std::uint32_t y = words[i - 2];
    words[i] = words[i - 16] + (std::rotr(x, 7) ^ std::rotr(x, 18) ^ (x >> 3)) + words[i - 7] +
               (std::rotr(y, 17) ^ std::rotr(y, 19) ^ (y >> 10));
  }
  auto [a, b, c, d, e, f, g, h] = state;
  for (std::size_t i = 0; i < kRounds; ++i) {
    const std::uint32_t t1 = h + (std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25)) +
                             ((e & f) ^ (~e & g)) + constants.round[i] + words[i];
    const std::uint32_t t2 =
        (std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
    h = g;
    g = f;
    f = e;
    e = d + t1;
    d = c;
    c = b;
    b = a;
    a = t1 + t2;
  }
  const std::array<std::uint32_t, 8> sums{a, b, c, d, e, f, g, h};
  for (std::size_t i = 0; i < state.size(); ++i) {
    state[i] += sums[i];
  }
}

}  // namespace

std::string sha256_hex(ByteSpan bytes) {
  ByteVector padded(bytes.begin(), bytes.end());
  padded.push_back(std::byte{0x80});
  while (padded.size() % kBlockBytes != kBlockBytes - 8) {
    padded.push_back(std::byte{0});
  }
  const std::uint64_t bits = std::uint64_t{bytes.size()} * 8;
  for (int shift = 56; shift >= 0; shift -= 8) {
    padded.push_back(static_cast<std::byte>(bits >> shift));
  }
  const Constants constants;
  std::array<std::uint32_t, 8> state = constants.start;
  for (std::size_t at = 0; at < padded.size(); at += kBlockBytes) {
    take_block(constants, padded.data() + at, state);
  }
  std::string hex;
  for (const std::uint32_t word : state) {
    for (int shift = 28; shift >= 0; shift -= 4) {
      hex.push_back("0123456789abcdef"[(word >> shift) & 0xF]);
    }
  }
  return hex;
}

}  // namespace fhirbin::testing
