#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <random>
#include <string_view>

#include "engine/util/bytes.h"

namespace fhirbin::testing {

// Bytes that do not compress and depend on the seed alone.
inline ByteVector random_bytes(std::size_t size_bytes, std::uint64_t seed) {
  std::mt19937_64 generator(seed);
  ByteVector bytes(size_bytes);
  for (std::size_t i = 0; i < size_bytes; i += 8) {
    std::array<std::byte, 8> word{};
    store_le(word.data(), std::uint64_t{generator()});  // the same on every machine
    std::memcpy(bytes.data() + i, word.data(), std::min(word.size(), size_bytes - i));
  }
  return bytes;
}

// Text like a clinical note: compresses well, and differs from place to place and seed to seed.
inline ByteVector text_bytes(std::size_t size_bytes, std::uint64_t seed) {
  constexpr std::string_view kWords[] = {"patient ",   "pressure ", "normal ",    "left ",
                                         "ventricle ", "no ",       "finding.\n", "120/80 "};
  std::mt19937_64 generator(seed);
  ByteVector bytes;
  bytes.reserve(size_bytes + 16);
  while (bytes.size() < size_bytes) {
    append_bytes(bytes, as_bytes(kWords[generator() % std::size(kWords)]));
  }
  bytes.resize(size_bytes);
  return bytes;
}

inline ByteVector zero_bytes(std::size_t size_bytes) { return ByteVector(size_bytes); }

}  // namespace fhirbin::testing
