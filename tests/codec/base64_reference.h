#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include "engine/util/bytes.h"

// RFC 4648 section 4 as slow and as plain as can be, to compare with.
namespace fhirbin::testing {

inline constexpr std::string_view kBase64Characters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// Bit by bit.
inline std::string encode_naively(ByteSpan bytes) {
  std::string text;
  for (std::size_t bit = 0; bit < bytes.size() * 8; bit += 6) {
    std::size_t sextet = 0;
    for (std::size_t i = bit; i < bit + 6; ++i) {
      const bool set =
          i / 8 < bytes.size() && (bytes[i / 8] & std::byte{0x80} >> (i % 8)) != std::byte{0};
      sextet = sextet * 2 + (set ? 1 : 0);
    }
    text += kBase64Characters[sextet];
  }
  text.append((4 - text.size() % 4) % 4, '=');
  return text;
}

struct NaivelyDecoded {
  ByteVector bytes;                  // up to the fault
  std::optional<std::string> fault;  // the message
  std::size_t fault_at = 0;  // which character it is; the length of the text if it lacks some
};

// Character by character.
inline NaivelyDecoded decode_naively(std::string_view text) {
  NaivelyDecoded result;
  std::string quantum;
  bool ended = false;
  const auto refuse = [&](std::size_t at, const char* why) {
    result.fault = std::string("invalid base64: ") + why;
    result.fault_at = at;
    return result;
  };
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
      continue;
    }
    if (c != '=' && !kBase64Characters.contains(c)) {
      return refuse(at, "a character outside the alphabet");
    }
    if (c == '=' && quantum.size() < 2) {
      return refuse(at, "padding where none can be");
    }
    if (c != '=' && (ended || quantum.contains('='))) {
      return refuse(at, "characters after padding");
    }
    quantum += c;
    if (quantum.size() == 4) {
      std::size_t bits = 0;
      for (const char q : quantum) {
        bits = bits * 64 + (q == '=' ? 0 : kBase64Characters.find(q));
      }
      const std::size_t count = 3 - static_cast<std::size_t>(std::ranges::count(quantum, '='));
      for (std::size_t i = 0; i < count; ++i) {
        result.bytes.push_back(static_cast<std::byte>(bits >> (16 - 8 * i)));
      }
      ended = count < 3;
      quantum.clear();
    }
  }
  if (!quantum.empty()) {
    return refuse(text.size(), "the last quantum is cut off or lacks its padding");
  }
  return result;
}

}  // namespace fhirbin::testing
