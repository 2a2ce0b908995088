#include "engine/storage/pin_table.h"

#include <gtest/gtest.h>

#include "tests/storage/catalog_fixture.h"
#include "tests/support/result_matchers.h"

namespace fhirbin::storage {
namespace {

using testing::is_ok;

class PinTableTest : public ::testing::Test {
 protected:
  PinTable& pins() { return pins_; }
  void note_change() { EXPECT_THAT(catalog_test::note_change(connection_), is_ok()); }

 private:
  catalog_test::CatalogFolder folder_;
  Connection connection_ = folder_.connect();
  PinTable pins_{connection_};
};

TEST_F(PinTableTest, APinIsTakenAtTheLastChange) {
  EXPECT_THAT(pins().insert(3), is_ok());
  note_change();
  note_change();
  const std::uint64_t key = pins().insert(65'535).value();
  note_change();
  const auto rows = pins().all();
  ASSERT_THAT(rows, is_ok());
  ASSERT_EQ(rows->size(), 2U);
  EXPECT_EQ(rows->at(0).owner, 3U);
  EXPECT_EQ(rows->at(0).sequence, 0U);
  EXPECT_EQ(rows->at(1).owner, 65'535U);
  EXPECT_EQ(rows->at(1).sequence, 2U);
  EXPECT_EQ(rows->at(1).key, key);
}

TEST_F(PinTableTest, APinGoesByItsKeyOrWithItsOwner) {
  const std::uint64_t first = pins().insert(1).value();
  const std::uint64_t second = pins().insert(1).value();
  const std::uint64_t other = pins().insert(2).value();
  EXPECT_NE(first, second);
  EXPECT_EQ(pins().count_of_owner(1).value(), 2U);
  ASSERT_THAT(pins().erase(first), is_ok());
  EXPECT_EQ(pins().count_of_owner(1).value(), 1U);
  ASSERT_THAT(pins().erase_of_owner(1), is_ok());
  EXPECT_EQ(pins().count_of_owner(1).value(), 0U);
  ASSERT_EQ(pins().all()->size(), 1U);
  EXPECT_EQ(pins().all()->at(0).key, other);
}

// Who holds a key whose pin is gone must not erase another's by it.
TEST_F(PinTableTest, KeysAreNeverUsedAgain) {
  const std::uint64_t first = pins().insert(1).value();
  ASSERT_THAT(pins().erase(first), is_ok());
  EXPECT_GT(pins().insert(1).value(), first);
}

}  // namespace
}  // namespace fhirbin::storage
