#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

namespace fhirbin::store {

// What one of several that run side by side on a store, uploads or reads, may take of a limit in
// bytes or threads: together they take what one alone would. Thread-safe.
class WorkShare {
 public:
  // `running` counts those that run, the holder of this share included as long as it lives.
  explicit WorkShare(std::atomic<unsigned>& running) : running_(&running) { ++running; }
  WorkShare(const WorkShare&) = delete;
  WorkShare& operator=(const WorkShare&) = delete;
  ~WorkShare() { --*running_; }

  // At the moment; never below `least`.
  std::uint64_t of(std::uint64_t whole, std::uint64_t least) const noexcept {
    return std::max(least, whole / std::max(1U, running_->load()));
  }

 private:
  std::atomic<unsigned>* running_;
};

}  // namespace fhirbin::store
