#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/storage/seal_page.h"
#include "engine/util/bytes.h"

namespace fhirbin::storage {

class MainFile;

// A row of a volume begins in a leaf of the table and goes on in a chain of overflow pages, each of
// which names the next one in its first four bytes (sqlite.org/fileformat2.html, "Cell Payload
// Overflow Pages"). SQLite fetches these one by one and copies them through its cache. Most lie
// side by side, so a file that never changes can be asked for many at once.

// How many of a page's `stored_bytes` bytes lie in the leaf: all of them where there is no chain.
std::size_t bytes_in_leaf(std::size_t stored_bytes, std::uint32_t sqlite_page_bytes) noexcept;

// How many bytes each overflow page but the last carries.
std::size_t bytes_per_overflow_page(std::uint32_t sqlite_page_bytes) noexcept;

// Follows the chains of one file from where SQLite has come to. Thread-compatible.
class OverflowChain {
 public:
  // SQLite read this page, and its seal holds.
  void note_read(ByteSpan page) noexcept { next_ = load_be32(page.data()); }

  void forget() noexcept { next_ = 0; }
  // Whether an overflow page was read last, and its chain goes on. Every other page begins with a
  // type, which would make the number of a page larger than any in a volume.
  bool goes_on() const noexcept { return next_ != 0 && next_ < kMaxPages; }

  // Fills `rest` with what follows the page read last. Checks the seal of each page, but not that
  // the chain is still that of one row: whoever asks has a hash. SQLITE_IOERR_DATA for damage, and
  // then `rest` is undefined.
  int read_rest(MainFile& file, MutableByteSpan rest) noexcept;

 private:
  static constexpr std::uint32_t kMaxPages = 1U << 24;

  int read_run(MainFile& file, MutableByteSpan& rest) noexcept;

  std::uint32_t next_ = 0;  // 0: the chain ends
  ScratchPage run_;         // room for several pages
};

}  // namespace fhirbin::storage
