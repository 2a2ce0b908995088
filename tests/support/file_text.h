#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace fhirbin::testing {

// The bytes of a file; none where it cannot be read.
inline std::string file_text(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Makes the file, or replaces what it holds.
inline void write_file(const std::filesystem::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

}  // namespace fhirbin::testing
