#include "tools/standard_output.h"

#include <cerrno>
#include <expected>
#include <system_error>

#include <poll.h>
#include <unistd.h>

#include "tools/failure.h"

namespace fhirbin::tool {
namespace {

constexpr std::size_t kBufferBytes = std::size_t{64} << 10;

std::unexpected<Error> write_failure(int error) {
  const ErrorCode code = error == ENOSPC || error == EDQUOT ? ErrorCode::kNoSpace : ErrorCode::kIo;
  return std::unexpected(Error{
      .code = code,
      .message = "cannot write to standard output: " + std::generic_category().message(error)});
}

}  // namespace

Result<void> StandardOutput::write(std::span<const std::byte> bytes) {
  if (buffer_.size() + bytes.size() <= kBufferBytes) {
    buffer_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return {};
  }
  if (Result<void> flushed = flush(); !flushed) {
    return flushed;
  }
  return write_through(bytes);
}

Result<void> StandardOutput::flush() {
  Result<void> result = write_through(std::as_bytes(std::span(buffer_)));
  buffer_.clear();
  return result;
}

void StandardOutput::print(std::string_view text) { check(write(std::as_bytes(std::span(text)))); }

bool StandardOutput::is_terminal() const { return ::isatty(descriptor_) == 1; }

bool StandardOutput::reader_has_gone() const {
  pollfd watched{.fd = descriptor_, .events = 0, .revents = 0};
  return ::poll(&watched, 1, 0) == 1 && (watched.revents & POLLERR) != 0;
}

Result<void> StandardOutput::write_through(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written < 0) {
      const int error = errno;
      if (error == EINTR) {
        continue;
      }
      if (error == EAGAIN) {  // A descriptor that others set to non-blocking.
        pollfd watched{.fd = descriptor_, .events = POLLOUT, .revents = 0};
        (void)::poll(&watched, 1, -1);  // What went wrong, the next write tells.
        continue;
      }
      broken_ = broken_ || error == EPIPE;
      return write_failure(error);
    }
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return {};
}

}  // namespace fhirbin::tool
