#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace fhirbin::tool {

// The first character of a text.
struct CodePoint {
  char32_t value = 0;
  std::size_t length = 0;  // bytes it takes; 1 where they are not UTF-8
  bool valid = false;
};

// Reads the first character of `text`, which is not empty.
CodePoint first_code_point(std::string_view text);

// `text` with control characters and broken UTF-8 replaced by "?", so that no stored or typed text
// can steer a terminal.
std::string printable(std::string_view text);

// Characters of `text`, as columns of a terminal.
std::size_t width_of(std::string_view text);

}  // namespace fhirbin::tool
