#include "engine/storage/statement.h"

#include <limits>

#include <gtest/gtest.h>

#include "tests/storage/catalog_fixture.h"
#include "tests/support/result_matchers.h"

namespace fhirbin::storage {
namespace {

using catalog_test::CatalogFolder;
using testing::is_error;
using testing::is_ok;

constexpr const char* kEcho = "SELECT ?1, typeof(?1)";

class StatementTest : public ::testing::Test {
 protected:
  Statement prepare(const char* sql) { return connection_.prepare(sql).value(); }
  Connection& connection() { return connection_; }

 private:
  CatalogFolder folder_;
  Connection connection_ = folder_.connect();
};

TEST_F(StatementTest, NumbersComeBackInAll64Bits) {
  Statement echo = prepare(kEcho);
  for (const std::uint64_t number : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{1} << 63,
                                     std::numeric_limits<std::uint64_t>::max()}) {
    EXPECT_TRUE(echo.bind(1, number).step().value());
    EXPECT_EQ(echo.column_u64(0), number);
    EXPECT_EQ(echo.column_i64(0), static_cast<std::int64_t>(number));
    EXPECT_EQ(echo.column_text(1), "integer");
    echo.reset();
  }
  EXPECT_TRUE(echo.bind(1, std::numeric_limits<std::int64_t>::min()).step().value());
  EXPECT_EQ(echo.column_i64(0), std::numeric_limits<std::int64_t>::min());
}

TEST_F(StatementTest, TextAndBytesComeBackWithTheirZeros) {
  Statement echo = prepare(kEcho);
  const std::string_view text("a\0b", 3);
  EXPECT_TRUE(echo.bind(1, text).step().value());
  EXPECT_EQ(echo.column_text(0), text);
  EXPECT_EQ(echo.column_text(1), "text");
  echo.reset();
  EXPECT_TRUE(echo.bind(1, as_bytes(text)).step().value());
  EXPECT_TRUE(equal_bytes(echo.column_bytes(0), as_bytes(text)));
  EXPECT_EQ(echo.column_text(1), "blob");
}

// All columns of the catalog are NOT NULL, and content may be empty.
TEST_F(StatementTest, EmptyTextAndEmptyBytesAreValuesAndNotNull) {
  Statement echo = prepare(kEcho);
  EXPECT_TRUE(echo.bind(1, std::string_view()).step().value());
  EXPECT_FALSE(echo.column_is_null(0));
  EXPECT_EQ(echo.column_text(0), "");
  EXPECT_EQ(echo.column_text(1), "text");
  echo.reset();
  EXPECT_TRUE(echo.bind(1, ByteSpan()).step().value());
  EXPECT_FALSE(echo.column_is_null(0));
  EXPECT_EQ(echo.column_bytes(0).size(), 0U);
  EXPECT_EQ(echo.column_text(1), "blob");
}

TEST_F(StatementTest, ResettingClearsTheBindings) {
  Statement echo = prepare(kEcho);
  EXPECT_TRUE(echo.bind(1, "something").step().value());
  echo.reset();
  EXPECT_TRUE(echo.step().value());
  EXPECT_TRUE(echo.column_is_null(0));
  EXPECT_FALSE(echo.step().value()) << "there is one row";
}

TEST_F(StatementTest, AStatementGivenBackKeepsNothingForItsNextUser) {
  {
    Statement echo = prepare(kEcho);
    EXPECT_TRUE(echo.bind(1, "of the former user").step().value());
  }
  Statement echo = prepare(kEcho);
  EXPECT_TRUE(echo.step().value());
  EXPECT_TRUE(echo.column_is_null(0));
}

TEST_F(StatementTest, TwoUsersAtOnceDoNotDisturbEachOther) {
  constexpr const char* kColumn = "SELECT column1 FROM (VALUES(1), (2), (3))";
  Statement first = prepare(kColumn);
  ASSERT_TRUE(first.step().value());
  {
    Statement second = prepare(kColumn);
    for (std::uint64_t row = 1; row <= 3; ++row) {
      ASSERT_TRUE(second.step().value());
      EXPECT_EQ(second.column_u64(0), row);
    }
  }
  ASSERT_TRUE(first.step().value());
  EXPECT_EQ(first.column_u64(0), 2U);
}

TEST_F(StatementTest, AMovedStatementGoesOnAndIsGivenBackOnce) {
  Statement first = prepare(kEcho);
  first.bind(1, std::uint64_t{7});
  {
    Statement second = std::move(first);
    ASSERT_TRUE(second.step().value());
    EXPECT_EQ(second.column_u64(0), 7U);
  }
  Statement third = prepare(kEcho);
  EXPECT_TRUE(third.step().value());
  EXPECT_TRUE(third.column_is_null(0));
}

TEST_F(StatementTest, AFaultyBindingFailsTheStepUntilItIsReset) {
  Statement echo = prepare(kEcho);
  echo.bind(2, std::uint64_t{1}).bind(1, std::uint64_t{7});
  EXPECT_FALSE(echo.step());
  EXPECT_FALSE(echo.run()) << "the error is kept";
  echo.reset();
  EXPECT_TRUE(echo.bind(1, std::uint64_t{7}).step().value());
  EXPECT_EQ(echo.column_u64(0), 7U);
}

TEST_F(StatementTest, AMessageHoldsNoBoundValue) {
  Statement insert = prepare("INSERT INTO setting(name, value) VALUES(?1, ?2)");
  const auto refused = insert.bind(1, "store_id").bind(2, as_bytes("a patient's name")).run();
  ASSERT_THAT(refused, is_error(ErrorCode::kCorrupt));  // a name that stands twice
  EXPECT_EQ(refused.error().message.find("store_id"), std::string::npos);
  EXPECT_EQ(refused.error().message.find("patient"), std::string::npos);
  insert.reset();
  EXPECT_THAT(insert.bind(1, "another").bind(2, as_bytes("x")).run(), is_ok());
}

}  // namespace
}  // namespace fhirbin::storage
