#include "engine/util/random.h"

#include <cerrno>

#include <sys/random.h>

#include "engine/util/try.h"

namespace fhirbin {

Result<void> SystemRandom::fill(MutableByteSpan bytes) {
  while (!bytes.empty()) {
    const ssize_t got = getrandom(bytes.data(), bytes.size(), 0);
    if (got < 0) {
      if (errno == EINTR) {
        continue;
      }
      return fail(ErrorCode::kIo, "the kernel gave no random bytes");
    }
    bytes = bytes.subspan(static_cast<std::size_t>(got));
  }
  return {};
}

}  // namespace fhirbin
