#include "engine/storage/change_table.h"

#include <gtest/gtest.h>

#include "engine/storage/binary_table.h"
#include "tests/storage/catalog_fixture.h"
#include "tests/support/result_matchers.h"

namespace fhirbin::storage {
namespace {

using catalog_test::CatalogFolder;
using testing::is_error;
using testing::is_ok;

class ChangeTableTest : public ::testing::Test {
 protected:
  std::int64_t query_number(const char* sql) { return connection_.query_number(sql).value(); }

  CatalogFolder folder_;
  Connection connection_ = folder_.connect();
  ChangeTable changes_{connection_};
};

TEST_F(ChangeTableTest, SequencesRiseByOneFromOne) {
  EXPECT_EQ(changes_.last_sequence().value(), 0U);
  for (const std::uint64_t sequence : {1U, 2U, 3U}) {
    EXPECT_EQ(changes_.append(ChangeAction::kCreate, 7, 1, 100).value(), sequence);
    EXPECT_EQ(changes_.last_sequence().value(), sequence);
  }
}

TEST_F(ChangeTableTest, ABinaryThatBeginsHasTheSequenceAsItsKey) {
  EXPECT_EQ(changes_.append(ChangeAction::kCreate, std::nullopt, 1, 100).value(), 1U);
  EXPECT_EQ(changes_.append(ChangeAction::kUpdate, 1, 2, 101).value(), 2U);
  EXPECT_EQ(changes_.append(ChangeAction::kCreate, std::nullopt, 1, 102).value(), 3U);
  EXPECT_EQ(query_number("SELECT binary_key FROM change WHERE sequence = 1"), 1);
  EXPECT_EQ(query_number("SELECT binary_key FROM change WHERE sequence = 2"), 1);
  EXPECT_EQ(query_number("SELECT binary_key FROM change WHERE sequence = 3"), 3);
}

TEST_F(ChangeTableTest, AChangeComesWithAllThatWasSaid) {
  ASSERT_THAT(BinaryTable(connection_).insert({.key = 1, .id = "id"}), is_ok());
  ASSERT_THAT(changes_.append(ChangeAction::kDelete, 1, 4, 1234), is_ok());
  const auto changes = changes_.after(0, 10);
  ASSERT_THAT(changes, is_ok());
  ASSERT_EQ(changes->size(), 1U);
  EXPECT_EQ(changes->front().sequence, 1U);
  EXPECT_EQ(changes->front().action, ChangeAction::kDelete);
  EXPECT_EQ(changes->front().id, "id");
  EXPECT_EQ(changes->front().version, 4U);
  EXPECT_EQ(changes->front().last_updated, Instant(std::chrono::milliseconds(1234)));
}

TEST_F(ChangeTableTest, AfterTheLastSequenceThereIsNone) {
  ASSERT_THAT(connection_.execute("INSERT INTO change(sequence, action, binary_key, number, at) "
                                  "VALUES(9223372036854775807, 1, 1, 1, 1)"),
              is_ok());
  EXPECT_FALSE(changes_.append(ChangeAction::kUpdate, 1, 2, 100));
  EXPECT_FALSE(changes_.append(ChangeAction::kCreate, std::nullopt, 1, 100));
  EXPECT_EQ(query_number("SELECT count(*) FROM change"), 1);
}

TEST_F(ChangeTableTest, WhatIsNoLongerKeptIsGone) {
  ASSERT_THAT(BinaryTable(connection_).insert({.key = 1, .id = "id"}), is_ok());
  for (int i = 0; i < 5; ++i) {
    ASSERT_THAT(changes_.append(ChangeAction::kUpdate, 1, 2, 100), is_ok());
  }
  ASSERT_THAT(connection_.execute("DELETE FROM change WHERE sequence <= 3"), is_ok());
  EXPECT_THAT(changes_.after(2, 10), is_error(ErrorCode::kGone));
  EXPECT_EQ(changes_.after(3, 10)->size(), 2U);
  EXPECT_EQ(changes_.append(ChangeAction::kUpdate, 1, 2, 100).value(), 6U);
}

}  // namespace
}  // namespace fhirbin::storage
