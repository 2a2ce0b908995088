#include "engine/storage/row_layout.h"

#include "engine/storage/overflow_chain.h"
#include "engine/storage/seal_vfs.h"

namespace fhirbin::storage {
namespace {

// Of a SQLite varint: seven bits a byte.
std::size_t varint_bytes(std::uint64_t value) noexcept {
  std::size_t length = 1;
  for (; value >= 0x80; value >>= 7) {
    ++length;
  }
  return length;
}

// The header of the record: its own length, the serial type of the id (NULL, as the row's number
// stands for it), and that of a blob, which is 12 + 2 x length.
std::size_t record_header_bytes(std::size_t stored_bytes) noexcept {
  return 1 + 1 + varint_bytes((2 * std::uint64_t{stored_bytes}) + 12);
}

}  // namespace

std::size_t bytes_per_overflow_page(std::uint32_t sqlite_page_bytes) noexcept {
  return sqlite_page_bytes - std::size_t{kSealReservedBytes} - OverflowChain::kLinkBytes;
}

// U, P, X, M and K are the format's own names.
std::size_t bytes_in_leaf(std::size_t stored_bytes, std::uint32_t sqlite_page_bytes) noexcept {
  const std::size_t header = record_header_bytes(stored_bytes);
  const std::size_t usable = sqlite_page_bytes - std::size_t{kSealReservedBytes};  // U
  const std::size_t record = header + stored_bytes;                                // P
  const std::size_t most = usable - 35;                                            // X
  if (record <= most) {
    return stored_bytes;
  }
  const std::size_t least = ((usable - 12) * 32 / 255) - 23;  // M
  const std::size_t fitting =                                 // K: the overflow pages are full
      least + ((record - least) % bytes_per_overflow_page(sqlite_page_bytes));
  return (fitting <= most ? fitting : least) - header;
}

}  // namespace fhirbin::storage
