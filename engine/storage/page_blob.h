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
// into the caller's memory; from the front of a page of a sealed volume only up to the end of the
// first overflow page, and what follows is read past its cache. While it stands on a page it keeps
// a read transaction open. Must not outlive its connection; thread-compatible.
class PageBlob {
 public:
  // `immutable_page_bytes`: the SQLite page size of a volume that never changes any more.
  explicit PageBlob(std::optional<std::uint32_t> immutable_page_bytes) noexcept
      : immutable_page_bytes_(immutable_page_bytes) {}
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
  std::size_t bytes_by_sqlite() const;
  Result<void> read_through_sqlite(Connection& connection, std::size_t offset,
                                   MutableByteSpan part);

  const std::optional<std::uint32_t> immutable_page_bytes_;
  sqlite3_blob* handle_ = nullptr;
};

}  // namespace fhirbin::storage
