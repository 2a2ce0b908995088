#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "engine/fhir/utf8.h"

namespace fhirbin::fhir {

// Reads the inside of one JSON string, from behind its opening quote, out of text that is cut
// anywhere. Checks escapes, surrogate pairs, control characters and UTF-8. Thread-compatible.
class JsonStringScanner {
 public:
  // What a raw CR, LF or TAB is. Plain JSON forbids them; senders of base64 write them.
  enum class RawBreaks : std::uint8_t { kRefused, kAccepted };

  enum class Step : std::uint8_t {
    kText,   // some of the string was read; `text` is it with escapes undone, perhaps empty
    kMore,   // the text ended inside the string
    kEnd,    // the closing quote was read
    kFault,  // this is no JSON string
  };

  struct Piece {
    Step step = Step::kMore;
    std::string_view text;  // of the text fed in or of the scanner; valid until the next call
  };

  // Begins a string.
  void begin(RawBreaks raw_breaks) noexcept;

  // Takes the next piece off the front of `rest`.
  Piece next(std::string_view& rest) noexcept;

 private:
  enum class State : std::uint8_t { kPlain, kEscape, kHex, kBroken };

  Piece next_plain(std::string_view& rest) noexcept;
  Piece next_beyond_ascii(std::string_view& rest) noexcept;
  Piece end_escape(char c) noexcept;
  Piece take_hex(char c) noexcept;
  Piece end_unicode() noexcept;
  Piece emit_code_point(std::uint32_t code_point) noexcept;

  State state_ = State::kPlain;
  RawBreaks raw_breaks_ = RawBreaks::kRefused;
  Utf8Checker utf8_;
  std::uint8_t hex_digits_ = 0;       // of the \u escape being read
  std::uint32_t code_unit_ = 0;       // their value
  std::uint32_t high_surrogate_ = 0;  // waits for its low one; 0 for none
  std::array<char, 4> unescaped_{};
};

}  // namespace fhirbin::fhir
