#include "engine/rest/stream_chain.h"

#include <algorithm>
#include <cstring>

#include "engine/util/guarded.h"
#include "engine/util/try.h"

namespace fhirbin::rest {

Result<std::size_t> StreamChain::read(std::span<std::byte> buffer) {
  if (error_) {
    return std::unexpected<Error>(*error_);
  }
  Result<std::size_t> filled = guarded([&] { return fill(buffer); });
  if (!filled) {
    error_ = filled.error();
  }
  return filled;
}

Result<std::size_t> StreamChain::fill(std::span<std::byte> buffer) {
  while (!ended_ && !buffer.empty()) {
    if (text_read_ < part_.text.size()) {
      const std::size_t length = std::min(buffer.size(), part_.text.size() - text_read_);
      std::memcpy(buffer.data(), part_.text.data() + text_read_, length);
      text_read_ += length;
      return length;
    }
    if (part_.stream != nullptr) {
      FHIRBIN_TRY_ASSIGN(const std::size_t filled, part_.stream->read(buffer));
      if (filled != 0) {
        return filled;
      }
    }
    part_ = {};
    text_read_ = 0;
    FHIRBIN_TRY_ASSIGN(auto next, next_());
    ended_ = !next.has_value();
    if (next) {
      part_ = *std::move(next);
    }
  }
  return std::size_t{0};
}

}  // namespace fhirbin::rest
