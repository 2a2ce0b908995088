#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <memory>
#include <string>

#include "engine/util/bytes.h"

namespace fhirbin {

// An XXH3-128 value in canonical (big-endian) byte order. Trusted against accidents only: it finds
// duplicates and detects damage, and never proves that two inputs are the same.
struct Hash128 {
  std::array<std::byte, 16> bytes{};

  // The first eight bytes as a number, for integer indexes.
  std::uint64_t prefix() const noexcept { return load_le<std::uint64_t>(bytes.data()); }
  std::string to_hex() const;

  friend bool operator==(const Hash128&, const Hash128&) = default;
  friend auto operator<=>(const Hash128&, const Hash128&) = default;
};

// Keys every chunk hash and version seal of one store. 192 random bytes, kept in its settings.
struct HashSecret {
  static constexpr std::size_t kSizeBytes = 192;
  std::array<std::byte, kSizeBytes> bytes{};
};

// XXH3-128 under the store's secret.
Hash128 compute_hash(const HashSecret& secret, ByteSpan bytes) noexcept;

// XXH3-128 with a 64-bit seed, as used by SQLite page seals (and, with seed 0, by `xxhsum -H2`).
Hash128 compute_hash(std::uint64_t seed, ByteSpan bytes) noexcept;

// XXH3-128 with seed 0 over bytes that come in pieces. Thread-compatible.
class StreamingHash {
 public:
  StreamingHash();
  StreamingHash(StreamingHash&&) noexcept;
  StreamingHash& operator=(StreamingHash&&) noexcept;
  ~StreamingHash();

  void update(ByteSpan bytes) noexcept;
  Hash128 digest() const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace fhirbin

// Hash128 values are uniform already, so a map may use any eight of their bytes.
template <>
struct std::hash<fhirbin::Hash128> {
  std::size_t operator()(const fhirbin::Hash128& value) const noexcept { return value.prefix(); }
};
