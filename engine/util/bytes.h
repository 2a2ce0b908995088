#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace fhirbin {

using ByteSpan = std::span<const std::byte>;
using MutableByteSpan = std::span<std::byte>;
using ByteVector = std::vector<std::byte>;

inline ByteSpan as_bytes(std::string_view text) noexcept {
  return std::as_bytes(std::span(text.data(), text.size()));
}

inline std::string_view as_text(ByteSpan bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

inline bool equal_bytes(ByteSpan a, ByteSpan b) noexcept {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size()) == 0);
}

// Fixed-width integers are little-endian wherever they reach a file.
template <std::unsigned_integral T>
void store_le(std::byte* target, T value) noexcept {
  static_assert(std::endian::native == std::endian::little,
                "add a byte swap for big-endian machines");
  std::memcpy(target, &value, sizeof value);
}

template <std::unsigned_integral T>
T load_le(const std::byte* source) noexcept {
  T value = 0;
  std::memcpy(&value, source, sizeof value);
  return value;
}

template <std::unsigned_integral T>
void append_le(ByteVector& target, T value) {
  const std::size_t at = target.size();
  target.resize(at + sizeof value);
  store_le(target.data() + at, value);
}

inline void append_bytes(ByteVector& target, ByteSpan bytes) {
  target.insert(target.end(), bytes.begin(), bytes.end());
}

// LEB128: seven bits a byte, low bits first, at most ten bytes.
inline void append_varint(ByteVector& target, std::uint64_t value) {
  while (value >= 0x80) {
    target.push_back(static_cast<std::byte>(value | 0x80));
    value >>= 7;
  }
  target.push_back(static_cast<std::byte>(value));
}

// Reads one varint off the front of `bytes`; nullopt when it is cut off or exceeds 64 bits.
inline std::optional<std::uint64_t> take_varint(ByteSpan& bytes) noexcept {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < bytes.size() && i < 10; ++i) {
    const auto byte = std::to_integer<std::uint64_t>(bytes[i]);
    if (i == 9 && byte > 1) {
      return std::nullopt;
    }
    value |= (byte & 0x7F) << (7 * i);
    if (byte < 0x80) {
      bytes = bytes.subspan(i + 1);
      return value;
    }
  }
  return std::nullopt;
}

}  // namespace fhirbin
