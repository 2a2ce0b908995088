#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "engine/storage/row_layout.h"
#include "engine/storage/seal_page.h"
#include "engine/util/bytes.h"

namespace fhirbin::storage {

// The overflow pages of a row, each of which names the next one in its first bytes
// (sqlite.org/fileformat2.html, "Cell Payload Overflow Pages"). SQLite fetches them one by one
// through its cache. Since rows are only appended, they lie side by side, but for a page of the
// pointer map now and then: so several can be asked for at once. Thread-compatible.
class OverflowChain {
 public:
  static constexpr std::size_t kLinkBytes = 4;

  // `page`, whose seal holds, was read last, by SQLite or along the chain.
  void note_read(ByteSpan page) noexcept { next_ = load_be32(page.data()); }

  // Nothing was read last.
  void forget() noexcept { next_ = 0; }

  // Whether an overflow page was read last that has a next one. Other pages of a volume begin with
  // a type that is not 0, or with text: read as a number, at least kLowestType. The few files with
  // so many pages are left to SQLite.
  bool goes_on() const noexcept { return next_ != 0 && next_ < kLowestType; }

  // Fills `rest` with what follows the page that was read last. `read_run(first, pages)` reads
  // SQLite pages of `page_bytes` that lie side by side from `first` on, as many as `pages` has room
  // for; `holds(number, page)` tells whether the seal of one holds; `run` is room for at least one.
  // False when either says so, or the chain ends early, and then `rest` is undefined. Whether the
  // chain is still that of one row is not checked.
  template <class ReadRun, class Holds>
  bool read_rest(std::uint32_t page_bytes, MutableByteSpan run, MutableByteSpan rest,
                 const ReadRun& read_run, const Holds& holds) noexcept;

 private:
  static constexpr std::uint32_t kLowestType = 1U << 24;

  std::uint32_t next_ = 0;  // 0: the chain ends
};

template <class ReadRun, class Holds>
bool OverflowChain::read_rest(std::uint32_t page_bytes, MutableByteSpan run, MutableByteSpan rest,
                              const ReadRun& read_run, const Holds& holds) noexcept {
  const std::size_t each = bytes_per_overflow_page(page_bytes);
  while (!rest.empty()) {
    const std::size_t count = std::min((rest.size() + each - 1) / each, run.size() / page_bytes);
    const std::uint32_t first = next_;
    if (!goes_on() || !read_run(first, run.first(count * page_bytes))) {
      return false;
    }
    for (std::size_t i = 0; i < count && next_ == first + i; ++i) {
      const ByteSpan page = ByteSpan(run).subspan(i * page_bytes, page_bytes);
      if (!holds(next_, page)) {
        return false;
      }
      note_read(page);
      const std::size_t length = std::min(each, rest.size());
      std::memcpy(rest.data(), page.data() + kLinkBytes, length);
      rest = rest.subspan(length);
    }
  }
  return true;
}

}  // namespace fhirbin::storage
