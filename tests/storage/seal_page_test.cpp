#include "engine/storage/seal_page.h"

#include <string>

#include <gtest/gtest.h>

#include "engine/util/hash.h"

namespace fhirbin::storage {
namespace {

constexpr std::uint32_t kFile = 3;
constexpr std::uint32_t kPage = 9;

SealKey key(unsigned fill, std::uint32_t file_number) {
  SealKey key{.store_id = {}, .file_number = file_number};
  key.store_id.bytes.fill(static_cast<std::byte>(fill));
  return key;
}

ByteVector sealed_page() {
  ByteVector page(512);
  for (std::size_t i = 0; i < page.size(); ++i) {
    page[i] = static_cast<std::byte>(i * 31);
  }
  stamp_seal(key(1, kFile), kPage, page);
  return page;
}

TEST(SealPageTest, TheTrailerIsTheStoreIdAndThenTheHashOfAllBeforeItself) {
  const ByteVector page = sealed_page();
  const ByteSpan bytes = page;
  EXPECT_TRUE(equal_bytes(bytes.subspan(480, 16), key(1, kFile).store_id.bytes));
  const Hash128 digest = compute_hash((std::uint64_t{kFile} << 32) | kPage, bytes.first(496));
  EXPECT_TRUE(equal_bytes(bytes.last(16), digest.bytes));
}

TEST(SealPageTest, ASealHoldsForItsOwnPlaceOnly) {
  const ByteVector page = sealed_page();
  EXPECT_TRUE(seal_holds(key(1, kFile), kPage, page));
  EXPECT_FALSE(seal_holds(key(1, kFile), kPage + 1, page)) << "another page";
  EXPECT_FALSE(seal_holds(key(1, kFile + 1), kPage, page)) << "another file";
  EXPECT_FALSE(seal_holds(key(2, kFile), kPage, page)) << "another store";
}

TEST(SealPageTest, EverySingleFlippedBitBreaksTheSeal) {
  ByteVector page = sealed_page();
  for (std::size_t bit = 0; bit < 8 * page.size(); ++bit) {
    page[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
    EXPECT_FALSE(seal_holds(key(1, kFile), kPage, page)) << bit;
    page[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
  }
  EXPECT_FALSE(seal_holds(key(0, kFile), kPage, ByteVector(512))) << "a page of zeros";
}

TEST(SealPageTest, TheDatabaseHeaderMustTellPageSizeAndReserve) {
  const struct {
    const char* name;
    unsigned high;
    unsigned low;
    unsigned reserve;
    std::uint32_t page_bytes;
    bool want;
  } cases[] = {
      {"4 KiB", 0x10, 0, 32, 4096, true},       {"64 KiB is written as 1", 0, 1, 32, 65'536, true},
      {"512 bytes", 0x02, 0, 32, 512, true},    {"another page size", 0x20, 0, 32, 4096, false},
      {"no reserve", 0x10, 0, 0, 4096, false},  {"more reserve", 0x10, 0, 33, 4096, false},
      {"an empty header", 0, 0, 0, 4096, false}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    ByteVector page(c.page_bytes);
    page[16] = static_cast<std::byte>(c.high);
    page[17] = static_cast<std::byte>(c.low);
    page[20] = static_cast<std::byte>(c.reserve);
    EXPECT_EQ(header_fits_seal(page, c.page_bytes), c.want);
  }
}

// A database of 1 GiB is too much for a test; but on both sides of the lock bytes pages are
// numbered by their offset alone, and the page that holds them is never asked for.
TEST(SealPageTest, PageNumbersRunOnPastTheLockBytes) {
  constexpr std::int64_t kLockBytes = std::int64_t{1} << 30;
  const struct {
    std::uint32_t page_bytes;
    std::uint32_t lock_page;
  } cases[] = {{512, 2'097'153}, {4096, 262'145}, {16'384, 65'537}, {65'536, 16'385}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.page_bytes);
    EXPECT_EQ(page_number_at(0, c.page_bytes), 1U);
    EXPECT_EQ(page_number_at(c.page_bytes - 1, c.page_bytes), 1U);
    EXPECT_EQ(page_number_at(c.page_bytes, c.page_bytes), 2U);
    EXPECT_EQ(lock_byte_page(c.page_bytes), c.lock_page);
    EXPECT_EQ(page_number_at(kLockBytes - 1, c.page_bytes), c.lock_page - 1);
    EXPECT_EQ(page_number_at(kLockBytes + c.page_bytes, c.page_bytes), c.lock_page + 1);
    EXPECT_EQ(page_number_at(c.page_bytes * std::int64_t{4'294'967'293}, c.page_bytes),
              4'294'967'294U)
        << "SQLite's last page";
  }
}

TEST(SealPageTest, PageSizesArePowersOfTwoWithinSqlitesLimits) {
  for (const std::int64_t size : {512, 1024, 4096, 16'384, 65'536}) {
    EXPECT_TRUE(is_sqlite_page_size(size)) << size;
  }
  for (const std::int64_t size : {-512, 0, 1, 256, 513, 4095, 131'072}) {
    EXPECT_FALSE(is_sqlite_page_size(size)) << size;
  }
}

}  // namespace
}  // namespace fhirbin::storage
