#include "engine/storage/page_blob.h"

#include <algorithm>
#include <string>
#include <vector>

#include <sqlite3.h>

#include "engine/storage/row_layout.h"
#include "engine/storage/seal_page.h"
#include "engine/storage/seal_vfs.h"
#include "tests/storage/filled_volume.h"
#include "tests/support/fault_vfs.h"

namespace fhirbin::storage {
namespace {

using namespace volume_test;
using testing::FaultVfs;

constexpr std::size_t kSqlitePage = 16'384;

// Volume 1 as SQLite alone reads it once it is sealed.
Connection open_immutable(const TestStore& store) {
  return Connection::open({.path = store.context.paths.volume(1).string(),
                           .seal = {.store_id = store.context.store_id,
                                    .file_number = 1,
                                    .sqlite_page_bytes = store.context.sqlite_page_bytes,
                                    .immutable = true},
                           .access = Access::kReadOnly})
      .value();
}

// How often a page of this length is read from a sealed volume, once its leaf is known: the leaf
// again at most, the first overflow page, the others by 32 KiB or by one, and one more read where
// the pointer map lies between.
int most_reads(std::size_t length, std::uint32_t sqlite_page_bytes) {
  const std::size_t each = bytes_per_overflow_page(sqlite_page_bytes);
  const std::size_t chain = (length - bytes_in_leaf(length, sqlite_page_bytes) + each - 1) / each;
  const std::size_t run = std::max<std::size_t>(1, (32U << 10) / sqlite_page_bytes);
  return static_cast<int>(3 + ((chain + run - 1) / run));
}

// Appends one page of each length to a volume of `sqlite_page_bytes`, seals it, and reads all.
void expect_read_back(std::uint32_t sqlite_page_bytes, const std::vector<std::size_t>& lengths) {
  FaultVfs::install();
  TestStore store;
  store.context.sqlite_page_bytes = sqlite_page_bytes;
  store.context.vfs = FaultVfs::kSealedName;
  {
    VolumeWriter writer = store.take();
    for (std::size_t i = 0; i < lengths.size(); ++i) {
      ASSERT_EQ(writer.append(page_bytes(i + 1, lengths[i])).value(), i + 1);
    }
    ASSERT_TRUE(writer.seal());
  }
  VolumeReader reader(store.context, false);
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    ByteVector bytes(lengths[i]);
    FaultVfs::read_count = 0;
    ASSERT_TRUE(reader.read({1, i + 1, true}, bytes)) << lengths[i];
    // The first one opens the file; then the table's inner pages may have to be read, too.
    ASSERT_LE(i == 0 ? 0 : FaultVfs::read_count.load(),
              most_reads(lengths[i], sqlite_page_bytes) + 2)
        << lengths[i] << " of " << sqlite_page_bytes;
    ASSERT_TRUE(bytes == page_bytes(i + 1, lengths[i]))
        << lengths[i] << " of " << sqlite_page_bytes;
  }
}

// The length decides how much lies in the leaf; every kind of rest comes up.
TEST(PageBlobTest, PagesOfEveryLengthAreReadBack) {
  for (const std::uint32_t sqlite_page : {4'096U, 16'384U, 65'536U}) {
    std::vector<std::size_t> lengths;
    for (std::size_t length = 1; length < std::size_t{4} * sqlite_page;
         length += sqlite_page / 60) {
      lengths.push_back(length);
    }
    for (std::size_t times = 1; times < 5; ++times) {
      for (std::size_t less = 0; less < 90; less += 3) {
        lengths.push_back(times * sqlite_page - less);
      }
    }
    // Where the length of a length grows, and what is the longest.
    for (const std::size_t length : {1'048'569U, 1'048'570U, 1'048'576U, 2'097'152U}) {
      lengths.push_back(length);
    }
    expect_read_back(sqlite_page, lengths);
  }
}

// A pointer map lies between the SQLite pages of some row, now and then.
TEST(PageBlobTest, AChainGoesOnBehindThePointerMap) {
  constexpr std::size_t kMapped = 4'096 / 5 * std::size_t{4'096};  // bytes that one map tells of
  expect_read_back(4'096, std::vector<std::size_t>(3 * kMapped / 200'000, 200'000));
}

// Past SQLite, from where it has come to: what fails here is read by SQLite, and would not show.
TEST(PageBlobTest, TheChainIsFollowedAtEverySizeOfSqlitePages) {
  for (const std::uint32_t sqlite_page : {4'096U, 8'192U, 16'384U, 32'768U, 65'536U}) {
    TestStore store;
    store.context.sqlite_page_bytes = sqlite_page;
    const ByteVector whole = page_bytes(1, std::size_t{9} * sqlite_page);
    {
      VolumeWriter writer = store.take();
      ASSERT_TRUE(writer.append(whole));
      ASSERT_TRUE(writer.seal());
    }
    Connection sqlite = open_immutable(store);
    sqlite3_blob* blob = nullptr;
    ASSERT_EQ(sqlite3_blob_open(sqlite.handle(), "main", "page", "data", 1, 0, &blob), SQLITE_OK);
    const std::size_t head =
        bytes_in_leaf(whole.size(), sqlite_page) + bytes_per_overflow_page(sqlite_page);
    ByteVector bytes(whole.size());
    forget_overflow_chain(sqlite.handle());
    EXPECT_FALSE(read_overflow_chain(sqlite.handle(), bytes)) << "nothing was read";
    EXPECT_EQ(sqlite3_blob_read(blob, bytes.data(), static_cast<int>(head), 0), SQLITE_OK);
    EXPECT_TRUE(read_overflow_chain(sqlite.handle(), MutableByteSpan(bytes).subspan(head)));
    EXPECT_TRUE(bytes == whole) << sqlite_page;
    sqlite3_blob_close(blob);
  }
}

TEST(PageBlobTest, ASealedVolumeIsReadInFewCalls) {
  FaultVfs::install();
  constexpr std::size_t kLength = 1'000'000;
  TestStore store;
  store.context.vfs = FaultVfs::kSealedName;
  const auto count_reads = [&](bool sealed) {
    VolumeReader reader(store.context, false);
    ByteVector bytes(kLength);
    EXPECT_TRUE(reader.read({1, 1, sealed}, bytes));  // opens the file
    FaultVfs::read_count = 0;
    EXPECT_TRUE(reader.read({1, 2, sealed}, bytes));
    EXPECT_TRUE(bytes == page_bytes(2, kLength));
    return FaultVfs::read_count.load();
  };
  constexpr int kSqlitePages = kLength / kSqlitePage;
  VolumeWriter writer = store.take();
  ASSERT_TRUE(writer.append(page_bytes(1, kLength)));
  ASSERT_TRUE(writer.append(page_bytes(2, kLength)));
  ASSERT_TRUE(writer.commit());
  EXPECT_GE(count_reads(false), kSqlitePages);
  ASSERT_TRUE(writer.seal());
  EXPECT_LE(count_reads(true), most_reads(kLength, kSqlitePage));
}

// What SQLite has in its cache it does not read again, and then nobody knows where the chain is.
TEST(PageBlobTest, PagesAreReadAgainAndAgain) {
  const TestStore store;
  fill_and_seal(store, 1, 3);
  VolumeReader reader(store.context, false);
  for (const std::uint64_t page : {1U, 1U, 2U, 1U, 3U, 3U, 2U, 2U, 1U}) {
    EXPECT_EQ(read_page(reader, {1, page, true}), ErrorCode{});
  }
}

// A sealed volume with one page of ten SQLite pages, to be damaged. The header, the pointer map and
// the roots of two tables come first, then the chain, in order.
class DamagedChainTest : public ::testing::Test {
 protected:
  static constexpr std::size_t kLength = 10 * kSqlitePage;
  static constexpr std::uint32_t kFirst = 5;
  static constexpr std::uint32_t kLast = 14;

  DamagedChainTest() {
    VolumeWriter writer = store_.take();
    EXPECT_TRUE(writer.append(page_bytes(1, kLength)));
    EXPECT_TRUE(writer.seal());
    file_ = testing::file_text(path());
  }

  std::filesystem::path path() const { return store_.context.paths.volume(1); }

  static MutableByteSpan sqlite_page(std::string& file, std::uint32_t number) {
    return std::as_writable_bytes(std::span(file)).subspan((number - 1) * kSqlitePage, kSqlitePage);
  }

  // Makes `page` name `next`, under a seal that holds.
  void redirect(std::string& file, std::uint32_t page, std::uint32_t next) const {
    const MutableByteSpan bytes = sqlite_page(file, page);
    for (std::size_t i = 0; i < 4; ++i) {
      bytes[i] = static_cast<std::byte>(next >> (24 - 8 * i));
    }
    stamp_seal({.store_id = store_.context.store_id, .file_number = 1}, page, bytes);
  }

  ErrorCode read(const std::string& file, ByteVector& bytes) const {
    testing::write_file(path(), file);
    VolumeReader reader(store_.context, false);
    bytes.resize(kLength);
    return code_of(reader.read({1, 1, true}, bytes));
  }

  const TestStore store_;
  std::string file_;
};

TEST_F(DamagedChainTest, TheChainLiesWhereItIsThought) {
  for (std::uint32_t page = kFirst; page <= kLast; ++page) {
    const std::uint32_t next = page == kLast ? 0 : page + 1;
    EXPECT_EQ(load_be32(sqlite_page(file_, page).data()), next);
  }
  EXPECT_EQ(file_.size(), kLast * kSqlitePage);
}

TEST_F(DamagedChainTest, AFlippedBitOfAnyOfItsPagesIsFound) {
  for (std::uint32_t page = kFirst; page <= kLast; ++page) {
    for (const std::size_t at :
         {std::size_t{3}, std::size_t{4}, kSqlitePage / 2, kSqlitePage - 1}) {
      std::string damaged = file_;
      sqlite_page(damaged, page)[at] ^= std::byte{1};
      ByteVector bytes;
      EXPECT_EQ(read(damaged, bytes), ErrorCode::kCorrupt) << page << " at " << at;
    }
  }
}

TEST_F(DamagedChainTest, AChainThatEndsEarlyOrLeavesTheFileIsDamage) {
  for (const std::uint32_t next : {0U, kLast + 1, 0x00FF'FFFFU, 0x0100'0000U, 0xFFFF'FFFFU}) {
    for (const std::uint32_t page : {kFirst, kFirst + 1, kLast - 1}) {
      std::string damaged = file_;
      redirect(damaged, page, next);
      ByteVector bytes;
      EXPECT_EQ(read(damaged, bytes), ErrorCode::kCorrupt) << page << " to " << next;
    }
  }
}

// The pointer map is not needed to read a page from its front, whatever SQLite has in its cache.
TEST_F(DamagedChainTest, APageIsReadWithoutThePointerMap) {
  std::string damaged = file_;
  sqlite_page(damaged, 2)[100] ^= std::byte{1};
  testing::write_file(path(), damaged);
  VolumeReader reader(store_.context, false);
  for (int i = 0; i < 3; ++i) {
    ByteVector bytes(kLength);
    EXPECT_EQ(code_of(reader.read({1, 1, true}, bytes)), ErrorCode{}) << i;
    EXPECT_TRUE(bytes == page_bytes(1, kLength));
  }
}

TEST_F(DamagedChainTest, AFileThatIsCutWhileItIsReadIsDamage) {
  const TestStore store;
  {
    VolumeWriter writer = store.take();
    ASSERT_TRUE(writer.append(page_bytes(1, kLength)));
    ASSERT_TRUE(writer.append(page_bytes(2, kLength)));
    ASSERT_TRUE(writer.seal());
  }
  VolumeReader reader(store.context, false);
  ByteVector bytes(kLength);
  ASSERT_EQ(code_of(reader.read({1, 1, true}, bytes)), ErrorCode{});
  const auto size = std::filesystem::file_size(store.context.paths.volume(1));
  std::filesystem::resize_file(store.context.paths.volume(1), size - 3 * kSqlitePage);
  EXPECT_EQ(code_of(reader.read({1, 2, true}, bytes)), ErrorCode::kCorrupt);
}

TEST_F(DamagedChainTest, AFileThatWasCutIsDamage) {
  for (std::uint32_t page = kFirst; page <= kLast; ++page) {
    ByteVector bytes;
    EXPECT_EQ(read(file_.substr(0, (page - 1) * kSqlitePage), bytes), ErrorCode::kCorrupt) << page;
  }
}

// Seals cannot tell, so whoever reads compares a hash; but it comes to an end, as SQLite does.
TEST_F(DamagedChainTest, AChainThatTurnsBackGivesWhatSqliteGives) {
  std::string damaged = file_;
  redirect(damaged, kLast - 2, kFirst);
  ByteVector bytes;
  EXPECT_EQ(read(damaged, bytes), ErrorCode{});
  EXPECT_FALSE(bytes == page_bytes(1, kLength));
  Connection sqlite = open_immutable(store_);
  Statement query = sqlite.prepare("SELECT data FROM page WHERE id = 1").value();
  ASSERT_TRUE(query.step().value());
  EXPECT_TRUE(equal_bytes(query.column_bytes(0), bytes));
}

}  // namespace
}  // namespace fhirbin::storage
