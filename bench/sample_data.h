#pragma once

#include <array>
#include <random>
#include <string_view>

#include "engine/util/bytes.h"
#include "engine/util/hash.h"

// What the benchmarks work on: the same bytes in every run.
namespace fhirbin::bench {

// Bytes that no codec makes smaller.
inline ByteVector make_random_bytes(std::size_t size_bytes, std::uint64_t seed = 1) {
  std::mt19937_64 engine(seed);
  ByteVector bytes(size_bytes + sizeof(std::uint64_t));
  for (std::size_t i = 0; i < size_bytes; i += sizeof(std::uint64_t)) {
    store_le(bytes.data() + i, std::uint64_t{engine()});
  }
  bytes.resize(size_bytes);
  return bytes;
}

// Words in random order, which zstd brings to about a fifth: like a report or a JSON body.
inline ByteVector make_text_bytes(std::size_t size_bytes, std::uint64_t seed = 1) {
  constexpr std::array<std::string_view, 30> kWords = {
      "patient ",     "observation ", "the ",       "of ",      "without ",    "finding ",
      "left ",        "right ",       "normal ",    "chest ",   "radiograph ", "no ",
      "evidence ",    "acute ",       "disease ",   "is ",      "seen, ",      "compared ",
      "with ",        "previous ",    "study ",     "from ",    "2024-05-01 ", "mg/dL ",
      "haemoglobin ", "unchanged.\n", "follow-up ", "advised ", "in ",         "weeks. "};
  std::mt19937_64 engine(seed);
  ByteVector bytes;
  bytes.reserve(size_bytes + 32);
  while (bytes.size() < size_bytes) {
    append_bytes(bytes, as_bytes(kWords[engine() % kWords.size()]));
  }
  bytes.resize(size_bytes);
  return bytes;
}

inline HashSecret make_secret() {
  HashSecret secret;
  const ByteVector random = make_random_bytes(HashSecret::kSizeBytes, 7);
  std::memcpy(secret.bytes.data(), random.data(), random.size());
  return secret;
}

}  // namespace fhirbin::bench
