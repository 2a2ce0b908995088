#include "engine/fhir/utf8.h"

#include <algorithm>

namespace fhirbin::fhir {
namespace {

// Bytes of the character that `text` begins with; 0 when it begins with none.
std::size_t first_character_length(std::string_view text) noexcept {
  Utf8Checker utf8;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!utf8.step(static_cast<unsigned char>(text[i]))) {
      return 0;
    }
    if (utf8.complete()) {
      return i + 1;
    }
  }
  return 0;
}

}  // namespace

bool Utf8Checker::step(unsigned char byte) noexcept {
  if (pending_ > 0) {
    const bool fits = low_ <= byte && byte <= high_;
    --pending_;
    low_ = 0x80;
    high_ = 0xBF;
    return fits;
  }
  if (byte < 0x80) {
    return true;
  }
  if (byte < 0xC2 || byte > 0xF4) {
    return false;
  }
  const int longer = (byte >= 0xE0 ? 1 : 0) + (byte >= 0xF0 ? 1 : 0);
  pending_ = static_cast<std::uint8_t>(1 + longer);
  // Only the second byte tells overlong forms, surrogates and the end of Unicode apart.
  if (byte == 0xE0) {
    low_ = 0xA0;
  } else if (byte == 0xED) {
    high_ = 0x9F;
  } else if (byte == 0xF0) {
    low_ = 0x90;
  } else if (byte == 0xF4) {
    high_ = 0x8F;
  }
  return true;
}

bool is_clean_text(std::string_view text) noexcept {
  Utf8Checker utf8;
  unsigned char former = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_control = byte < 0x20 || byte == 0x7F || (former == 0xC2 && byte < 0xA0);
    if (is_control || !utf8.step(byte)) {
      return false;
    }
    former = byte;
  }
  return utf8.complete();
}

std::string replace_invalid_utf8(std::string_view text) {
  constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
  std::string valid;
  while (!text.empty()) {
    const std::size_t length = first_character_length(text);
    valid += length == 0 ? kReplacement : text.substr(0, length);
    text.remove_prefix(std::max<std::size_t>(1, length));
  }
  return valid;
}

}  // namespace fhirbin::fhir
