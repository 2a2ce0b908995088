#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace fhirbin::fhir {

// Checks UTF-8 that comes byte by byte: shortest forms only, no surrogates, nothing past U+10FFFF
// (Unicode table 3-7). Thread-compatible.
class Utf8Checker {
 public:
  // Takes the next byte; false when it cannot stand there.
  bool step(unsigned char byte) noexcept;

  // Whether no character is cut off.
  bool complete() const noexcept { return pending_ == 0; }

 private:
  std::uint8_t pending_ = 0;  // continuation bytes still to come
  std::uint8_t low_ = 0x80;   // the range of the next one
  std::uint8_t high_ = 0xBF;
};

// Whether `text` is valid UTF-8 without control characters (U+0000 to 1F, U+007F to 9F).
bool is_clean_text(std::string_view text) noexcept;

// `text` with U+FFFD in the place of each byte that is no part of a character.
std::string replace_invalid_utf8(std::string_view text);

}  // namespace fhirbin::fhir
