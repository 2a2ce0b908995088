#include <gtest/gtest.h>

#include "tests/storage/seal_fixture.h"
#include "tests/support/file_text.h"
#include "tests/support/sanitized.h"

// A wrong byte is an error, never data: bits of closed databases are flipped, and everything in
// them is read by key, by index and by scan. The same damage read without the seals shows that the
// campaign can fail.
namespace fhirbin::storage {
namespace {

using testing::file_text;
using testing::TemporaryFolder;
using testing::write_file;

using seal_test::BitPicker;
using seal_test::flip_bit;
using seal_test::open;
using seal_test::open_plain;
using seal_test::parameters;
using seal_test::read_all;
using seal_test::Sample;
using seal_test::Shape;
using seal_test::Tally;

constexpr int kFlipsPerShape = testing::campaign_size(2000);
constexpr int kUnsealedFlips = 300;

enum class Where : std::uint8_t { kAnywhere, kPageHeaders };

std::size_t pick_bit(BitPicker& picker, Where where, std::size_t file_bytes,
                     std::size_t page_bytes) {
  if (where == Where::kAnywhere) {
    return picker.next(8 * file_bytes);
  }
  // The header of a b-tree page and the first of its cell pointers.
  constexpr std::size_t kHeaderBits = std::size_t{8} * 16;
  const std::size_t page = picker.next(file_bytes / page_bytes);
  const std::size_t start = page == 0 ? picker.next(2) * 100 : 0;
  return (8 * (page * page_bytes + start)) + picker.next(kHeaderBits);
}

class SealDamageTest : public ::testing::TestWithParam<Shape> {
 protected:
  std::filesystem::path path() const { return folder_ / "a.db"; }
  seal_test::Rows read_sealed() const {
    return read_all(open(path(), parameters(GetParam().file_number, GetParam().page_bytes)));
  }

  // A reader or a recovery may have left its files.
  void replace_with(const std::string& bytes) const {
    write_file(path(), bytes);
    std::filesystem::remove(path().string() + "-wal");
    std::filesystem::remove(path().string() + "-shm");
    std::filesystem::remove(path().string() + "-journal");
  }

  TemporaryFolder folder_;
};

TEST_P(SealDamageTest, NoFlippedBitGivesAWrongAnswer) {
  const Sample sample = seal_test::make_sample(path(), GetParam());
  for (const Where where : {Where::kAnywhere, Where::kPageHeaders}) {
    SCOPED_TRACE(where == Where::kAnywhere ? "anywhere" : "page headers");
    BitPicker picker;
    Tally sealed;
    Tally unsealed;
    for (int i = 0; i < kFlipsPerShape; ++i) {
      const std::size_t bit = pick_bit(picker, where, sample.bytes.size(), GetParam().page_bytes);
      flip_bit(path(), bit);
      sealed.count(read_sealed(), sample.rows);
      if (i < kUnsealedFlips) {
        unsealed.count(read_all(open_plain(path())), sample.rows);
      }
      flip_bit(path(), bit);
    }
    EXPECT_EQ(file_text(path()), sample.bytes) << "reading repairs nothing and breaks nothing";
    EXPECT_EQ(sealed.silent, 0);
    EXPECT_GT(sealed.refused, kFlipsPerShape * 9 / 10);
    EXPECT_GT(unsealed.silent, 0) << "the campaign must be able to fail";
    RecordProperty(where == Where::kAnywhere ? "silent_unsealed" : "silent_unsealed_headers",
                   unsealed.silent);
  }
}

TEST_P(SealDamageTest, SwappedPagesAreDamage) {
  const Sample sample = seal_test::make_sample(path(), GetParam());
  const std::size_t page_bytes = GetParam().page_bytes;
  BitPicker picker;
  Tally sealed;
  Tally unsealed;
  constexpr int kSwaps = testing::campaign_size(200);
  for (int i = 0; i < kSwaps; ++i) {
    const std::size_t pages = sample.bytes.size() / page_bytes;
    const std::size_t one = picker.next(pages) * page_bytes;
    const std::size_t other = picker.next(pages) * page_bytes;
    std::string damaged = sample.bytes;
    damaged.replace(one, page_bytes, sample.bytes, other, page_bytes);
    damaged.replace(other, page_bytes, sample.bytes, one, page_bytes);
    replace_with(damaged);
    sealed.count(read_sealed(), sample.rows);
    replace_with(damaged);
    unsealed.count(read_all(open_plain(path())), sample.rows);
  }
  EXPECT_EQ(sealed.silent, 0);
  EXPECT_GT(sealed.refused, kSwaps / 2);
  EXPECT_GT(unsealed.silent, 0);
}

TEST_P(SealDamageTest, APageOfZerosIsDamage) {
  const Sample sample = seal_test::make_sample(path(), GetParam());
  const std::size_t page_bytes = GetParam().page_bytes;
  for (std::size_t at = 0; at < sample.bytes.size(); at += page_bytes) {
    std::string damaged = sample.bytes;
    damaged.replace(at, page_bytes, page_bytes, '\0');
    replace_with(damaged);
    EXPECT_NE(read_sealed().code, SQLITE_OK) << "page " << (at / page_bytes) + 1;
  }
}

TEST_P(SealDamageTest, ATruncatedFileIsDamage) {
  const Sample sample = seal_test::make_sample(path(), GetParam());
  const std::size_t page_bytes = GetParam().page_bytes;
  for (const std::size_t cut :
       {std::size_t{1}, std::size_t{512}, page_bytes, 3 * page_bytes, sample.bytes.size() - 600}) {
    SCOPED_TRACE(cut);
    replace_with(sample.bytes.substr(0, sample.bytes.size() - cut));
    EXPECT_NE(read_sealed().code, SQLITE_OK);
  }
}

TEST_P(SealDamageTest, IntegrityCheckNamesDamageInItsRows) {
  const Sample sample = seal_test::make_sample(path(), GetParam());
  std::string damaged = sample.bytes;
  flip_bit(damaged, 8 * (damaged.size() - 700));
  replace_with(damaged);
  const auto database = open(path(), parameters(GetParam().file_number, GetParam().page_bytes));
  const seal_test::Rows rows = seal_test::query(database, "PRAGMA integrity_check");
  EXPECT_TRUE(rows.code != SQLITE_OK || rows.text != "ok|");
}

INSTANTIATE_TEST_SUITE_P(Shapes, SealDamageTest,
                         ::testing::Values(seal_test::kCatalogLike, seal_test::kVolumeLike),
                         [](const auto& shape) {
                           return shape.param.file_number == 0 ? "CatalogLike" : "VolumeLike";
                         });

}  // namespace
}  // namespace fhirbin::storage
