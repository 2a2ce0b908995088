#include "engine/storage/held_lock.h"

#include <utility>

#include "engine/util/try.h"

namespace fhirbin::storage {

Result<HeldLock> HeldLock::take(LockFile& file, LockByte byte, LockKind kind,
                                std::uint32_t timeout_ms) {
  FHIRBIN_TRY(file.lock(byte, kind, timeout_ms));
  return HeldLock(file, byte);
}

HeldLock::HeldLock(HeldLock&& other) noexcept
    : file_(std::exchange(other.file_, nullptr)), byte_(other.byte_) {}

HeldLock::~HeldLock() {
  if (file_ != nullptr) {
    file_->unlock(byte_);
  }
}

}  // namespace fhirbin::storage
