#pragma once

#include <cstdint>
#include <memory>

#include "engine/storage/seal_vfs.h"
#include "engine/storage/store_id.h"
#include "engine/util/bytes.h"

namespace fhirbin::storage {

// What a seal binds bytes to, beside their page number.
struct SealKey {
  StoreId store_id;
  std::uint32_t file_number = 0;
};

// Writes the trailer of `page`: the last 32 bytes become the store id and the XXH3-128 of all
// before it.
void stamp_seal(const SealKey& key, std::uint32_t page_number, MutableByteSpan page) noexcept;

// Whether the trailer of `page` is the one that stamp_seal() would write.
bool seal_holds(const SealKey& key, std::uint32_t page_number, ByteSpan page) noexcept;

// The store id that the trailer of `page` names, whether or not the seal holds.
StoreId carried_store_id(ByteSpan page) noexcept;

// SQLite's page sizes: powers of two from 512 to 65,536.
bool is_sqlite_page_size(std::int64_t size_bytes) noexcept;

// Whether the database header at the front of page 1 tells this page size and the seal's reserve.
bool header_fits_seal(ByteSpan first_page, std::uint32_t sqlite_page_bytes) noexcept;

// The number of the page that starts at or holds `offset`. Page numbers start at 1.
std::uint32_t page_number_at(std::int64_t offset, std::uint32_t sqlite_page_bytes) noexcept;

// The page that holds the lock bytes at 2^30: SQLite counts it, but never reads or writes it. So a
// file may end before it or have a hole there, and nothing here ever asks for its seal.
std::uint32_t lock_byte_page(std::uint32_t sqlite_page_bytes) noexcept;

// Room for a page or a few, whose size is known at run time only; nullptr when memory is out, as
// nothing may throw through SQLite.
using ScratchPage = std::unique_ptr<std::byte[]>;  // NOLINT(modernize-avoid-c-arrays)
ScratchPage make_scratch_page(std::uint32_t size_bytes) noexcept;

// SQLite's own fields are big-endian.
std::uint32_t load_be32(const std::byte* source) noexcept;

}  // namespace fhirbin::storage
