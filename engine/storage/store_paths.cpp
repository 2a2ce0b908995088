#include "engine/storage/store_paths.h"

#include <array>
#include <cinttypes>
#include <cstdio>

namespace fhirbin::storage {

std::filesystem::path StorePaths::volume(std::uint32_t number) const {
  std::array<char, 16> name{};
  (void)std::snprintf(name.data(), name.size(), "%08" PRIu32 ".db",
                      number);  // at most 13 characters
  return volumes() / name.data();
}

std::filesystem::path StorePaths::volume_journal(std::uint32_t number) const {
  std::filesystem::path path = volume(number);
  path += "-journal";
  return path;
}

}  // namespace fhirbin::storage
