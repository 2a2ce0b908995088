#include "engine/storage/volume_files.h"

#include <array>
#include <cerrno>
#include <cinttypes>
#include <cstdio>

#include <fcntl.h>

#include "engine/util/file_io.h"

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

std::string volume_name(std::uint32_t number) { return "volume " + std::to_string(number); }

Result<void> sync_directory(const std::filesystem::path& folder) {
  const FileDescriptor descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!descriptor.is_open()) {
    return os_failure(errno, "open a folder of the store");
  }
  return sync_to_disk(descriptor.get(), "a folder of the store");
}

}  // namespace fhirbin::storage
