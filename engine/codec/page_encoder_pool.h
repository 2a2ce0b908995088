#pragma once

#include <vector>

#include "engine/codec/page_codec.h"
#include "engine/util/mutex.h"

namespace fhirbin::codec {

// Page encoders for those who need one for a moment: making one costs more than encoding a small
// page. Keeps a few. Thread-safe.
class PageEncoderPool {
 public:
  // `level` is zstd's, 1 to 19.
  explicit PageEncoderPool(int level);
  PageEncoderPool(const PageEncoderPool&) = delete;
  PageEncoderPool& operator=(const PageEncoderPool&) = delete;

  // An encoder that is the caller's until it is given back; one that is not given back is no loss.
  PageEncoder take();
  void give_back(PageEncoder encoder) noexcept;

 private:
  const int level_;
  Mutex mutex_;
  std::vector<PageEncoder> idle_ FHIRBIN_GUARDED_BY(mutex_);
};

}  // namespace fhirbin::codec
