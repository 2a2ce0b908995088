#include "engine/storage/gathered_writes.h"

#include <cstring>
#include <new>
#include <utility>

namespace fhirbin::storage {
namespace {

// A commit of a small Binary writes some ten frames. SQLite's own VFS counts the bytes of a system
// call in 17 bits, so it takes 128 KiB for nothing and calls the disk full.
constexpr std::size_t kMaxBytes = (128U << 10) - 1;

}  // namespace

int GatheredWrites::write(ByteSpan source, std::int64_t offset) noexcept {
  const bool follows = offset == offset_ + static_cast<std::int64_t>(size_bytes_);
  if (size_bytes_ != 0 && (!follows || source.size() > kMaxBytes - size_bytes_)) {
    if (const int rc = hand_down(); rc != SQLITE_OK) {
      return rc;
    }
  }
  if (bytes_ == nullptr) {
    bytes_.reset(new (std::nothrow) std::byte[kMaxBytes]);
  }
  if (bytes_ == nullptr || source.size() > kMaxBytes) {
    return write_below(source, offset);
  }
  if (size_bytes_ == 0) {
    offset_ = offset;
  }
  std::memcpy(bytes_.get() + size_bytes_, source.data(), source.size());
  size_bytes_ += source.size();
  return SQLITE_OK;
}

int GatheredWrites::hand_down() noexcept {
  if (size_bytes_ == 0) {
    return SQLITE_OK;
  }
  return write_below({bytes_.get(), std::exchange(size_bytes_, 0)}, offset_);
}

int GatheredWrites::write_below(ByteSpan source, std::int64_t offset) noexcept {
  return file_.pMethods->xWrite(&file_, source.data(), static_cast<int>(source.size()), offset);
}

}  // namespace fhirbin::storage
