#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "engine/storage/connection.h"
#include "engine/util/bytes.h"
#include "fhirbin/error.h"

struct sqlite3_blob;

namespace fhirbin::storage {

// A handle on the stored bytes of one page of a volume after another. SQLite copies them straight
// into the caller's memory; of a sealed volume it copies the first, and the rest is read past its
// cache. While it stands on a page it keeps a read transaction open. Must not outlive its
// connection; thread-compatible.
class PageBlob {
 public:
  // `sealed_page_bytes`: the SQLite page size of a sealed volume; 0 for one that may change.
  explicit PageBlob(std::uint32_t sealed_page_bytes) noexcept
      : sealed_page_bytes_(sealed_page_bytes) {}
  PageBlob(const PageBlob&) = delete;
  PageBlob& operator=(const PageBlob&) = delete;
  ~PageBlob() { close(); }

  // Moves to `page` of the volume that `connection` has open, the same in every call. Returns how
  // many bytes are stored; nullopt when there is no such page.
  Result<std::optional<std::size_t>> seek(Connection& connection, std::uint64_t page);

  // Fills `part` with the bytes of the page from `offset` on; together at most what seek()
  // returned.
  Result<void> read(Connection& connection, std::size_t offset, MutableByteSpan part);

  void close() noexcept;
  // Forgets the handle without closing it: it is another process's.
  void leave_behind() noexcept { handle_ = nullptr; }

 private:
  std::size_t head_bytes() const;
  Result<void> read_through_sqlite(Connection& connection, std::size_t offset,
                                   MutableByteSpan part);

  const std::uint32_t sealed_page_bytes_;
  sqlite3_blob* handle_ = nullptr;
};

}  // namespace fhirbin::storage
