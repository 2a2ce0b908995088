#include "engine/storage/volume_files.h"

#include <array>
#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

#include "engine/util/try.h"

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

Result<void> sync_directory(const std::filesystem::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  int error = descriptor < 0 ? errno : 0;
  if (descriptor >= 0) {
    error = ::fsync(descriptor) == 0 ? 0 : errno;
    ::close(descriptor);
  }
  if (error != 0) {
    return fail(ErrorCode::kIo,
                "could not sync a folder of the store: " + std::generic_category().message(error));
  }
  return {};
}

}  // namespace fhirbin::storage
