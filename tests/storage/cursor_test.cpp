#include "engine/storage/cursor.h"

#include <cstdint>
#include <optional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/storage/catalog_fixture.h"

namespace fhirbin::storage {
namespace {

using ::testing::ElementsAre;

constexpr const char* kCountToThree =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3) SELECT i FROM n";
// Its second row cannot be computed: -2^63 has no absolute value.
constexpr const char* kFailAfterOne =
    "SELECT abs(column1) FROM (VALUES(1), (-9223372036854775807 - 1))";

std::uint64_t read_number(const Statement& query) { return query.column_u64(0); }

class CursorTest : public ::testing::Test {
 protected:
  Cursor<std::uint64_t> rows_of(const char* sql) {
    return {connection_.prepare(sql).value(), read_number};
  }

  catalog_test::CatalogFolder folder_;
  Connection connection_ = folder_.connect();
};

TEST_F(CursorTest, ReadsARowWhenItIsAskedFor) {
  auto rows = rows_of(kCountToThree);
  EXPECT_EQ(rows.next().value(), 1U);
  EXPECT_EQ(rows.next().value(), 2U);
  EXPECT_EQ(rows.next().value(), 3U);
  EXPECT_EQ(rows.next().value(), std::nullopt);
}

TEST_F(CursorTest, CollectsTheRowsThatAreLeft) {
  auto rows = rows_of(kCountToThree);
  EXPECT_EQ(rows.next().value(), 1U);
  EXPECT_THAT(rows.collect().value(), ElementsAre(2, 3));
}

TEST_F(CursorTest, StartsOverWhereAnotherWasLeftInTheMiddle) {
  EXPECT_EQ(rows_of(kCountToThree).next().value(), 1U);
  EXPECT_EQ(rows_of(kCountToThree).next().value(), 1U);
}

TEST_F(CursorTest, TwoAtOnceDoNotDisturbEachOther) {
  auto one = rows_of(kCountToThree);
  EXPECT_EQ(one.next().value(), 1U);
  auto other = rows_of(kCountToThree);
  EXPECT_EQ(other.next().value(), 1U);
  EXPECT_EQ(one.next().value(), 2U);
}

TEST_F(CursorTest, AFailureIsNotTakenForTheEnd) {
  auto rows = rows_of(kFailAfterOne);
  EXPECT_EQ(rows.next().value(), 1U);
  EXPECT_FALSE(rows.next());
  EXPECT_FALSE(rows_of(kFailAfterOne).collect());
}

}  // namespace
}  // namespace fhirbin::storage
