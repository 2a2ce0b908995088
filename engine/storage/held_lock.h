#pragma once

#include <cstdint>

#include "engine/storage/lock_file.h"

namespace fhirbin::storage {

// A lock given up on destruction. The LockFile must outlive it.
class HeldLock {
 public:
  static Result<HeldLock> take(LockFile& file, LockByte byte, LockKind kind,
                               std::uint32_t timeout_ms);
  HeldLock(HeldLock&& other) noexcept;
  HeldLock& operator=(HeldLock&&) = delete;
  ~HeldLock();

 private:
  HeldLock(LockFile& file, LockByte byte) noexcept : file_(&file), byte_(byte) {}
  LockFile* file_;
  LockByte byte_;
};

}  // namespace fhirbin::storage
