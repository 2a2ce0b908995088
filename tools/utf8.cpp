#include "tools/utf8.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace fhirbin::tool {
namespace {

constexpr CodePoint kBroken{.value = 0, .length = 1, .valid = false};

std::size_t length_from_lead(std::uint8_t lead) {
  if (lead < 0x80) {
    return 1;
  }
  if (lead >= 0xC2 && lead < 0xE0) {
    return 2;
  }
  if (lead >= 0xE0 && lead < 0xF0) {
    return 3;
  }
  return lead >= 0xF0 && lead < 0xF5 ? 4 : 0;
}

// The smallest value a sequence of this length may hold: shorter forms are the only ones allowed.
constexpr std::array<char32_t, 5> kSmallest{0, 0, 0x80, 0x800, 0x10000};

bool is_control(char32_t value) { return value < 0x20 || (value >= 0x7F && value < 0xA0); }

}  // namespace

CodePoint first_code_point(std::string_view text) {
  const auto lead = static_cast<std::uint8_t>(text.front());
  const std::size_t length = length_from_lead(lead);
  if (length == 1) {
    return {.value = lead, .length = 1, .valid = true};
  }
  if (length == 0 || length > text.size()) {
    return kBroken;
  }
  char32_t value = lead & (0xFFU >> (length + 1));
  for (const char byte : text.substr(1, length - 1)) {
    const auto bits = static_cast<std::uint8_t>(byte);
    if ((bits & 0xC0U) != 0x80U) {
      return kBroken;
    }
    value = (value << 6U) | (bits & 0x3FU);
  }
  const bool surrogate = value >= 0xD800 && value < 0xE000;
  if (value < kSmallest[length] || value > 0x10FFFF || surrogate) {
    return kBroken;
  }
  return {.value = value, .length = length, .valid = true};
}

std::string printable(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    const CodePoint point = first_code_point(text);
    if (point.valid && !is_control(point.value)) {
      result += text.substr(0, point.length);
    } else {
      result += '?';
    }
    text.remove_prefix(point.length);
  }
  return result;
}

std::size_t width_of(std::string_view text) {
  const auto continues = [](char byte) {
    return (static_cast<std::uint8_t>(byte) & 0xC0U) == 0x80U;
  };
  return text.size() - static_cast<std::size_t>(std::ranges::count_if(text, continues));
}

}  // namespace fhirbin::tool
