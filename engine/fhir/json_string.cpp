#include "engine/fhir/json_string.h"

#include <bit>

#include "engine/util/bytes.h"

namespace fhirbin::fhir {
namespace {

using Piece = JsonStringScanner::Piece;
using Step = JsonStringScanner::Step;

constexpr std::uint64_t repeat(unsigned char byte) noexcept { return 0x0101010101010101U * byte; }

// Whether the character ends a run that can be taken as it is.
bool is_special(char c) noexcept {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte >= 0x80 || c == '"' || c == '\\';
}

// The high bit of each byte that is special, among eight. Borrows may set bits above the lowest of
// them, so only "any?" and "which first?" are answered.
std::uint64_t find_special(std::uint64_t eight) noexcept {
  const std::uint64_t quote = eight ^ repeat('"');
  const std::uint64_t backslash = eight ^ repeat('\\');
  const std::uint64_t zeros =
      ((quote - repeat(1)) & ~quote) | ((backslash - repeat(1)) & ~backslash);
  const std::uint64_t controls = (eight - repeat(0x20)) & ~eight;
  return (zeros | controls | eight) & repeat(0x80);
}

// Length of the longest prefix without special characters. A gigabyte of base64 passes through
// here.
std::size_t plain_length(std::string_view text) noexcept {
  const ByteSpan bytes = as_bytes(text);
  constexpr std::size_t kStep = sizeof(std::uint64_t);
  std::size_t length = 0;
  while (bytes.size() - length >= 2 * kStep) {
    const std::uint64_t first = find_special(load_le<std::uint64_t>(bytes.data() + length));
    const std::uint64_t second =
        find_special(load_le<std::uint64_t>(bytes.data() + length + kStep));
    if ((first | second) != 0) {
      const auto zeros = std::countr_zero(first != 0 ? first : second);
      return length + (first != 0 ? 0 : kStep) + (static_cast<std::size_t>(zeros) / 8);
    }
    length += 2 * kStep;
  }
  while (length < text.size() && !is_special(text[length])) {
    ++length;
  }
  return length;
}

// The character that follows a backslash, undone; 0 when it is no escape.
char undo_escape(char c) noexcept {
  switch (c) {
    case '"':
    case '\\':
    case '/':
      return c;
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return 0;
  }
}

// The value of a hexadecimal digit; 16 when it is none.
std::uint32_t hex_value(char c) noexcept {
  if ('0' <= c && c <= '9') {
    return static_cast<std::uint32_t>(c - '0');
  }
  const char lower = static_cast<char>(c | 0x20);
  return 'a' <= lower && lower <= 'f' ? static_cast<std::uint32_t>(lower - 'a' + 10) : 16;
}

char take_front(std::string_view& rest) noexcept {
  const char c = rest.front();
  rest.remove_prefix(1);
  return c;
}

constexpr Piece kFaulty{.step = Step::kFault, .text = {}};
constexpr Piece kNothingYet{.step = Step::kText, .text = {}};

}  // namespace

void JsonStringScanner::begin(RawBreaks raw_breaks) noexcept {
  *this = JsonStringScanner();
  raw_breaks_ = raw_breaks;
}

JsonStringScanner::Piece JsonStringScanner::next(std::string_view& rest) noexcept {
  if (rest.empty()) {
    return {};
  }
  switch (state_) {
    case State::kPlain:
      return next_plain(rest);
    case State::kEscape:
      return end_escape(take_front(rest));
    case State::kHex:
      return take_hex(take_front(rest));
    case State::kBroken:
      return kFaulty;
  }
  return kFaulty;
}

JsonStringScanner::Piece JsonStringScanner::next_plain(std::string_view& rest) noexcept {
  const char front = rest.front();
  if (high_surrogate_ != 0 && front != '\\') {
    return kFaulty;
  }
  if (!utf8_.complete() || static_cast<unsigned char>(front) >= 0x80) {
    return next_beyond_ascii(rest);
  }
  if (const std::size_t length = plain_length(rest); length > 0) {
    const Piece run{.step = Step::kText, .text = rest.substr(0, length)};
    rest.remove_prefix(length);
    return run;
  }
  const std::string_view one = rest.substr(0, 1);
  rest.remove_prefix(1);
  switch (front) {
    case '"':
      return {.step = Step::kEnd, .text = {}};
    case '\\':
      state_ = State::kEscape;
      return kNothingYet;
    case '\t':
    case '\n':
    case '\r':
      return raw_breaks_ == RawBreaks::kAccepted ? Piece{.step = Step::kText, .text = one}
                                                 : kFaulty;
    default:
      return kFaulty;
  }
}

JsonStringScanner::Piece JsonStringScanner::next_beyond_ascii(std::string_view& rest) noexcept {
  std::size_t length = 0;
  while (length < rest.size()) {
    const auto byte = static_cast<unsigned char>(rest[length]);
    if (utf8_.complete() && byte < 0x80) {
      break;
    }
    if (!utf8_.step(byte)) {
      // What stands before the bad byte comes first, so that cutting the text elsewhere changes
      // nothing.
      state_ = State::kBroken;
      break;
    }
    ++length;
  }
  if (length == 0) {
    return kFaulty;
  }
  const Piece run{.step = Step::kText, .text = rest.substr(0, length)};
  rest.remove_prefix(length);
  return run;
}

JsonStringScanner::Piece JsonStringScanner::end_escape(char c) noexcept {
  if (c == 'u') {
    state_ = State::kHex;
    hex_digits_ = 0;
    code_unit_ = 0;
    return kNothingYet;
  }
  unescaped_[0] = undo_escape(c);
  if (unescaped_[0] == 0 || high_surrogate_ != 0) {
    return kFaulty;
  }
  state_ = State::kPlain;
  return {.step = Step::kText, .text = {unescaped_.data(), 1}};
}

JsonStringScanner::Piece JsonStringScanner::take_hex(char c) noexcept {
  const std::uint32_t value = hex_value(c);
  if (value > 15) {
    return kFaulty;
  }
  code_unit_ = code_unit_ << 4 | value;
  ++hex_digits_;
  return hex_digits_ < 4 ? kNothingYet : end_unicode();
}

JsonStringScanner::Piece JsonStringScanner::end_unicode() noexcept {
  state_ = State::kPlain;
  const bool is_high = 0xD800 <= code_unit_ && code_unit_ < 0xDC00;
  const bool is_low = 0xDC00 <= code_unit_ && code_unit_ < 0xE000;
  if (is_low != (high_surrogate_ != 0)) {
    return kFaulty;
  }
  if (is_high) {
    high_surrogate_ = code_unit_;
    return kNothingYet;
  }
  if (!is_low) {
    return emit_code_point(code_unit_);
  }
  const std::uint32_t high = high_surrogate_ - 0xD800;
  high_surrogate_ = 0;
  return emit_code_point(0x10000 + (high << 10) + (code_unit_ - 0xDC00));
}

JsonStringScanner::Piece JsonStringScanner::emit_code_point(std::uint32_t code_point) noexcept {
  if (code_point < 0x80) {
    unescaped_[0] = static_cast<char>(code_point);
    return {.step = Step::kText, .text = {unescaped_.data(), 1}};
  }
  const std::size_t length =
      2U + (code_point >= 0x800 ? 1U : 0U) + (code_point >= 0x10000 ? 1U : 0U);
  for (std::size_t i = length - 1; i > 0; --i) {
    unescaped_[i] = static_cast<char>(0x80 | (code_point & 0x3F));
    code_point >>= 6;
  }
  const std::uint32_t lead = (0xF00U >> length) & 0xF0U;  // 0xC0, 0xE0 or 0xF0
  unescaped_[0] = static_cast<char>(lead | code_point);
  return {.step = Step::kText, .text = {unescaped_.data(), length}};
}

}  // namespace fhirbin::fhir
