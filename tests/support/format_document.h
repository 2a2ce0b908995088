#pragma once

#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <string>
#include <string_view>

#include "engine/util/bytes.h"
#include "tests/support/file_text.h"

// What FORMAT.md states and tests compute again.
namespace fhirbin::testing {

// The inside of the first block of `language` below `heading` (its whole line) that begins at or
// behind `mark`; empty where there is none.
inline std::string format_block(std::string_view heading, std::string_view language,
                                std::string_view mark = "") {
  const std::string text = file_text(std::filesystem::path(FHIRBIN_SOURCE_DIR) / "FORMAT.md");
  const std::string fence = "```" + std::string(language) + "\n";
  std::size_t at = text.find("\n" + std::string(heading) + "\n");
  at = at == std::string::npos ? at : text.find(mark, at);
  at = at == std::string::npos ? at : text.find(fence, at);
  if (at == std::string::npos) {
    return {};
  }
  at += fence.size();
  return text.substr(at, text.find("```", at) - at);
}

// The bytes that a text names by two hexadecimal digits each, with white space between them.
inline ByteVector bytes_of_hex(std::string_view hex) {
  std::istringstream digits{std::string(hex)};
  ByteVector bytes;
  for (std::string byte; digits >> byte;) {
    bytes.push_back(static_cast<std::byte>(std::strtoul(byte.c_str(), nullptr, 16)));
  }
  return bytes;
}

}  // namespace fhirbin::testing
