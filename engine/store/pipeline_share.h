#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

namespace fhirbin::store {

// One running pipeline's share of what all pipelines of a store may take: together they use what
// memory one alone would take. Thread-safe.
class PipelineShare {
 public:
  // `running` counts the pipelines, this one included as long as it lives.
  explicit PipelineShare(std::atomic<unsigned>& running) : running_(&running) { ++running; }
  PipelineShare(const PipelineShare&) = delete;
  PipelineShare& operator=(const PipelineShare&) = delete;
  ~PipelineShare() { --*running_; }

  // At the moment; never below `least`.
  std::uint64_t of(std::uint64_t whole, std::uint64_t least) const noexcept {
    return std::max(least, whole / std::max(1U, running_->load()));
  }

 private:
  std::atomic<unsigned>* running_;
};

}  // namespace fhirbin::store
