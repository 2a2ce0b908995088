#include "engine/storage/seal_page.h"

#include <algorithm>
#include <bit>
#include <new>

#include "engine/util/hash.h"

namespace fhirbin::storage {
namespace {

constexpr std::size_t kReserved = kSealReservedBytes;
constexpr std::size_t kDigestBytes = sizeof(Hash128::bytes);
constexpr std::int64_t kLockByteOffset = std::int64_t{1} << 30;

// Offsets in the database header (sqlite.org/fileformat2.html#the_database_header).
constexpr std::size_t kPageSizeOffset = 16;
constexpr std::size_t kReserveOffset = 20;

Hash128 compute_digest(std::uint32_t file_number, std::uint32_t page_number,
                       ByteSpan page) noexcept {
  const std::uint64_t seed = (std::uint64_t{file_number} << 32) | page_number;
  return compute_hash(seed, page.first(page.size() - kDigestBytes));
}

}  // namespace

void stamp_seal(const SealKey& key, std::uint32_t page_number, MutableByteSpan page) noexcept {
  std::ranges::copy(key.store_id.bytes, page.last(kReserved).begin());
  const Hash128 digest = compute_digest(key.file_number, page_number, page);
  std::ranges::copy(digest.bytes, page.last(kDigestBytes).begin());
}

bool seal_holds(const SealKey& key, std::uint32_t page_number, ByteSpan page) noexcept {
  // The id lies in the hashed bytes, so a bare digest check would accept any other store's page.
  if (carried_store_id(page) != key.store_id) {
    return false;
  }
  const Hash128 digest = compute_digest(key.file_number, page_number, page);
  return equal_bytes(digest.bytes, page.last(kDigestBytes));
}

StoreId carried_store_id(ByteSpan page) noexcept {
  StoreId id;
  std::ranges::copy(page.last(kReserved).first(id.bytes.size()), id.bytes.begin());
  return id;
}

bool is_sqlite_page_size(std::int64_t size_bytes) noexcept {
  return size_bytes >= 512 && size_bytes <= 65'536 &&
         std::has_single_bit(static_cast<std::uint64_t>(size_bytes));
}

bool header_fits_seal(ByteSpan first_page, std::uint32_t sqlite_page_bytes) noexcept {
  const auto high = std::to_integer<std::uint32_t>(first_page[kPageSizeOffset]);
  const auto low = std::to_integer<std::uint32_t>(first_page[kPageSizeOffset + 1]);
  // 65,536 does not fit in the field's 16 bits and is written as 1; so 256 times the low byte
  // stands for it.
  const std::uint32_t told = (high << 8) | (low << 16);
  return told == sqlite_page_bytes &&
         std::to_integer<int>(first_page[kReserveOffset]) == kSealReservedBytes;
}

std::uint32_t page_number_at(std::int64_t offset, std::uint32_t sqlite_page_bytes) noexcept {
  return static_cast<std::uint32_t>((offset / sqlite_page_bytes) + 1);
}

std::uint32_t lock_byte_page(std::uint32_t sqlite_page_bytes) noexcept {
  return page_number_at(kLockByteOffset, sqlite_page_bytes);
}

ScratchPage make_scratch_page(std::uint32_t size_bytes) noexcept {
  return ScratchPage(new (std::nothrow) std::byte[size_bytes]);
}

std::uint32_t load_be32(const std::byte* source) noexcept {
  return std::byteswap(load_le<std::uint32_t>(source));
}

}  // namespace fhirbin::storage
