#include "engine/codec/page_encoder_pool.h"

#include <cstddef>
#include <utility>

namespace fhirbin::codec {
namespace {

// Each keeps its buffers for the largest page it met, up to some MiB.
constexpr std::size_t kMaxIdle = 4;

}  // namespace

PageEncoderPool::PageEncoderPool(int level) : level_(level) { idle_.reserve(kMaxIdle); }

PageEncoder PageEncoderPool::take() {
  {
    const MutexLock lock(mutex_);
    if (!idle_.empty()) {
      PageEncoder encoder = std::move(idle_.back());
      idle_.pop_back();
      return encoder;
    }
  }
  return PageEncoder(level_);
}

void PageEncoderPool::give_back(PageEncoder encoder) noexcept {
  const MutexLock lock(mutex_);
  if (idle_.size() < kMaxIdle) {
    idle_.push_back(std::move(encoder));
  }
}

}  // namespace fhirbin::codec
