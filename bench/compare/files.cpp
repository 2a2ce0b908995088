#include "bench/compare/files.h"

#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "bench/compare/require.h"

namespace fhirbin::compare {
namespace {

int require_descriptor(int descriptor, const Path& path) {
  if (descriptor < 0) {
    give_up("cannot open " + path.filename().string());
  }
  return descriptor;
}

std::size_t require_count(ssize_t count, const char* what) {
  require(count >= 0, what);
  return static_cast<std::size_t>(count);
}

}  // namespace

File File::open(const Path& path) {
  return File(require_descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC), path));
}

File File::create(const Path& path) {
  constexpr int kFlags = O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC;
  return File(require_descriptor(::open(path.c_str(), kFlags, 0600), path));
}

File File::open_folder(const Path& path) {
  return File(require_descriptor(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC), path));
}

File::File(File&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

File& File::operator=(File&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

File::~File() {
  if (descriptor_ >= 0) {
    ::close(descriptor_);
  }
}

std::size_t File::read(std::span<std::byte> buffer) const {
  return require_count(::read(descriptor_, buffer.data(), buffer.size()), "read");
}

std::size_t File::read_at(std::uint64_t offset, std::span<std::byte> buffer) const {
  return require_count(
      ::pread(descriptor_, buffer.data(), buffer.size(), static_cast<off_t>(offset)), "pread");
}

void File::write(std::span<const std::byte> bytes) const {
  while (!bytes.empty()) {
    bytes = bytes.subspan(require_count(::write(descriptor_, bytes.data(), bytes.size()), "write"));
  }
}

void File::write_at(std::uint64_t offset, std::span<const std::byte> bytes) const {
  while (!bytes.empty()) {
    const std::size_t count = require_count(
        ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset)), "pwrite");
    offset += count;
    bytes = bytes.subspan(count);
  }
}

void File::sync() const { require(::fsync(descriptor_) == 0, "fsync"); }

void settle(const Path& folder) {
  require(::syncfs(File::open_folder(folder).descriptor()) == 0, "syncfs");
}

void sync_folder(const Path& folder) { File::open_folder(folder).sync(); }

Bytes read_file(const Path& path) {
  Bytes bytes;
  bytes.reserve(std::filesystem::file_size(path));
  for_each_block(path, [&](std::span<const std::byte> block) {
    bytes.insert(bytes.end(), block.begin(), block.end());
  });
  return bytes;
}

std::uint64_t folder_bytes(const Path& folder) {
  std::uint64_t total = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    total += entry.is_regular_file() ? entry.file_size() : 0;
  }
  return total;
}

}  // namespace fhirbin::compare
