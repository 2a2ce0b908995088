#include "engine/util/file_io.h"

#include <cerrno>
#include <string>
#include <system_error>

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

namespace fhirbin {
namespace {

// Waits until a non-blocking descriptor can go on. Errors need no report: the next call meets them.
void wait_for(int descriptor, short events) noexcept {
  pollfd waiting{.fd = descriptor, .events = events, .revents = 0};
  (void)poll(&waiting, 1, -1);
}

// Whether the call that set `error_number` should be made again.
bool may_repeat(int error_number, int descriptor, short events) noexcept {
  if (error_number == EAGAIN) {
    wait_for(descriptor, events);
    return true;
  }
  return error_number == EINTR;
}

std::string join(std::string_view verb, std::string_view name) {
  return std::string(verb).append(" ").append(name);
}

Result<FileDescriptor> create_private(int folder, const std::filesystem::path& path,
                                      std::string_view name) {
  FileDescriptor file(
      ::openat(folder, path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (!file.is_open()) {
    return os_failure(errno, join("create", name));
  }
  return file;
}

}  // namespace

FileDescriptor::~FileDescriptor() {
  if (is_open()) {
    (void)::close(value_);  // what must be durable was synced before
  }
}

std::unexpected<Error> os_failure(int error_number, std::string_view tried) {
  const bool full = error_number == ENOSPC || error_number == EDQUOT;
  return fail(full ? ErrorCode::kNoSpace : ErrorCode::kIo,
              join("cannot", tried) + ": " + std::generic_category().message(error_number));
}

Result<FileDescriptor> create_private_file(const std::filesystem::path& path,
                                           std::string_view name) {
  return create_private(AT_FDCWD, path, name);
}

Result<FileDescriptor> create_private_file_in(const FileDescriptor& folder,
                                              const std::filesystem::path& path,
                                              std::string_view name) {
  return create_private(folder.get(), path, name);
}

Result<std::size_t> read_some(int descriptor, MutableByteSpan buffer, std::string_view name) {
  while (true) {
    const ssize_t got = ::read(descriptor, buffer.data(), buffer.size());
    if (got >= 0) {
      return static_cast<std::size_t>(got);
    }
    const int error_number = errno;
    if (!may_repeat(error_number, descriptor, POLLIN)) {
      return os_failure(error_number, join("read", name));
    }
  }
}

Result<void> write_all(int descriptor, ByteSpan bytes, std::string_view name) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(descriptor, bytes.data(), bytes.size());
    if (put > 0) {
      bytes = bytes.subspan(static_cast<std::size_t>(put));
      continue;
    }
    // A device that takes nothing and says nothing must not hold us for ever.
    const int error_number = put == 0 ? EIO : errno;
    if (!may_repeat(error_number, descriptor, POLLOUT)) {
      return os_failure(error_number, join("write", name));
    }
  }
  return {};
}

Result<std::size_t> read_all_at(int descriptor, std::size_t offset, MutableByteSpan buffer,
                                std::string_view name) {
  std::size_t done = 0;
  while (done < buffer.size()) {
    const ssize_t got = ::pread(descriptor, buffer.data() + done, buffer.size() - done,
                                static_cast<off_t>(offset + done));
    if (got == 0) {
      break;
    }
    if (got > 0) {
      done += static_cast<std::size_t>(got);
    } else if (const int error_number = errno; error_number != EINTR) {
      return os_failure(error_number, join("read", name));
    }
  }
  return done;
}

Result<void> write_all_at(int descriptor, std::size_t offset, ByteSpan bytes,
                          std::string_view name) {
  while (!bytes.empty()) {
    const ssize_t put =
        ::pwrite(descriptor, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (put > 0) {
      offset += static_cast<std::size_t>(put);
      bytes = bytes.subspan(static_cast<std::size_t>(put));
      continue;
    }
    const int error_number = put == 0 ? EIO : errno;
    if (error_number != EINTR) {
      return os_failure(error_number, join("write", name));
    }
  }
  return {};
}

Result<void> sync_to_disk(int descriptor, std::string_view name) {
  while (::fsync(descriptor) != 0) {
    const int error_number = errno;
    if (error_number != EINTR) {
      return os_failure(error_number, join("sync", name));
    }
  }
  return {};
}

Result<void> sync_directory(const std::filesystem::path& folder) {
  const FileDescriptor descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!descriptor.is_open()) {
    return os_failure(errno, "open a folder of the store");
  }
  return sync_to_disk(descriptor.get(), "a folder of the store");
}

std::optional<std::uint64_t> remaining_bytes(int descriptor) noexcept {
  struct stat status{};
  if (::fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) {
    return std::nullopt;
  }
  const off_t position = ::lseek(descriptor, 0, SEEK_CUR);
  if (position < 0 || position > status.st_size) {
    return std::nullopt;
  }
  return static_cast<std::uint64_t>(status.st_size - position);
}

}  // namespace fhirbin
