#pragma once

#include <cstdint>

#include "fhirbin/error.h"

namespace fhirbin::storage {

// Remembers the process that made it. An object that was left behind by fork() belongs to the
// parent: touching its descriptors or its SQLite connection in the child would destroy the parent's
// work. A value.
class ForkGuard {
 public:
  ForkGuard() noexcept;

  // Whether this is a child's copy of its parent's. Never locks, so it may be asked first.
  bool left_behind() const noexcept;

  // Errors: kInvalidArgument when it was left behind.
  Result<void> check() const;

 private:
  std::uint64_t generation_;
};

// An open descriptor that no child of fork() keeps a copy of: an atfork handler closes it there, so
// that locks of its open file description never live on in the child. Move-only; thread-compatible.
class ForkGuardedDescriptor {
 public:
  // As ::open(), with O_CLOEXEC; where that fails nothing is open and errno says why.
  ForkGuardedDescriptor(const char* path, int flags);
  ForkGuardedDescriptor(ForkGuardedDescriptor&& other) noexcept;
  ForkGuardedDescriptor& operator=(ForkGuardedDescriptor&& other) noexcept;
  ~ForkGuardedDescriptor();

  bool is_open() const noexcept { return value_ >= 0; }
  int get() const noexcept { return value_; }
  const ForkGuard& guard() const noexcept { return guard_; }

 private:
  void close() noexcept;

  int value_;
  ForkGuard guard_;
};

}  // namespace fhirbin::storage
