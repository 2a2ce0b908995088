#include "engine/storage/row_layout.h"

#include <gtest/gtest.h>

namespace fhirbin::storage {
namespace {

constexpr std::uint32_t kSqlitePage = 16'384;

// Of 16,352 usable bytes a record may take 16,317 in a leaf, and takes 2,027 at least where it does
// not fit; an overflow page carries 16,348. The record's header is 5 bytes for these lengths.
TEST(RowLayoutTest, ARowThatDoesNotFitFillsItsOverflowPagesFirst) {
  EXPECT_EQ(bytes_per_overflow_page(kSqlitePage), 16'348U);
  EXPECT_EQ(bytes_in_leaf(0, kSqlitePage), 0U);
  EXPECT_EQ(bytes_in_leaf(16'312, kSqlitePage), 16'312U) << "all that fits";
  EXPECT_EQ(bytes_in_leaf(16'313, kSqlitePage), 2'022U) << "the least";
  EXPECT_EQ(bytes_in_leaf(18'370, kSqlitePage), 2'022U) << "one full overflow page";
  EXPECT_EQ(bytes_in_leaf(18'371, kSqlitePage), 2'023U) << "what it has no room for";
  EXPECT_EQ(bytes_in_leaf(32'660, kSqlitePage), 16'312U) << "as much as the leaf takes";
  EXPECT_EQ(bytes_in_leaf(32'661, kSqlitePage), 2'022U) << "the least and two pages";
}

// Of 4,064 usable bytes 4,029 and 485, and the header takes 4 bytes below 8,186.
TEST(RowLayoutTest, TheHeaderIsShorterForShorterRows) {
  EXPECT_EQ(bytes_in_leaf(4'025, 4'096), 4'025U);
  EXPECT_EQ(bytes_in_leaf(4'026, 4'096), 481U);
}

}  // namespace
}  // namespace fhirbin::storage
