#include "engine/storage/lock_byte.h"

#include <cerrno>

#include <fcntl.h>

#include "engine/util/file_io.h"

namespace fhirbin::storage {
namespace {

struct flock make_request(LockByte byte, short type) {
  struct flock request{};  // l_pid must be 0 for open-file-description locks
  request.l_type = type;
  request.l_whence = SEEK_SET;
  request.l_start = static_cast<off_t>(byte.offset);
  request.l_len = 1;
  return request;
}

int control(int descriptor, int command, struct flock& request) noexcept {
  int result = 0;
  do {
    result = ::fcntl(descriptor, command, &request);
  } while (result != 0 && errno == EINTR);
  return result;
}

}  // namespace

Result<bool> try_lock_byte(int descriptor, LockByte byte, LockKind kind) {
  struct flock request = make_request(byte, kind == LockKind::kShared ? F_RDLCK : F_WRLCK);
  if (control(descriptor, F_OFD_SETLK, request) == 0) {
    return true;
  }
  if (errno == EAGAIN || errno == EACCES) {
    return false;
  }
  return os_failure(errno, "lock a byte of the lock file");
}

void unlock_byte(int descriptor, LockByte byte) noexcept {
  struct flock request = make_request(byte, F_UNLCK);
  (void)control(descriptor, F_OFD_SETLK, request);  // cannot fail for a whole single-byte lock
}

Result<bool> any_byte_held_elsewhere(int descriptor, LockByte first, std::uint32_t count) {
  struct flock request = make_request(first, F_WRLCK);
  request.l_len = count;
  if (control(descriptor, F_OFD_GETLK, request) != 0) {
    return os_failure(errno, "ask for a lock of the lock file");
  }
  return request.l_type != F_UNLCK;
}

}  // namespace fhirbin::storage
