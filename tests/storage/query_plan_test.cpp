#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "engine/storage/sql.h"
#include "tests/storage/filled_catalog.h"
#include "tests/support/result_matchers.h"

namespace fhirbin::storage {
namespace {

using testing::is_ok;

// The steps that SQLite plans for a statement, in lines.
std::string plan_of(Connection& connection, const char* sql) {
  const std::string explain = std::string("EXPLAIN QUERY PLAN ") + sql;
  auto query = connection.prepare(explain.c_str());
  EXPECT_THAT(query, is_ok());
  std::string steps;
  while (query->step().value()) {
    steps += std::string(query->column_text(3)) + "\n";
  }
  return steps;
}

// A million versions must not be sorted, nor visited one by one, for the few of one Binary or for a
// page of a feed.
TEST(QueryPlanTest, FewVersionsAreFoundWithoutASearchThroughAll) {
  catalog_test::FilledCatalog catalog;
  for (const char* const sql : {sql::kSelectVersion,
                                sql::kSelectVersionAtSequence,
                                sql::kSelectHead,
                                sql::kSelectSnapshotVersion,
                                sql::kSelectKeptAfter,
                                sql::kSelectIsKept,
                                sql::kSelectVersionName,
                                sql::kSelectKeptUpTo,
                                sql::kSelectNumberBeyond,
                                sql::kSelectHidden,
                                sql::kSelectStoreHistory,
                                sql::kSelectHistory,
                                sql::kCountHistory,
                                sql::kSelectStoreHistoryDuring,
                                sql::kSelectHistoryDuring,
                                sql::kCountHistoryDuring,
                                sql::kSelectLastSequence,
                                sql::kSelectChanges,
                                sql::kInsertChangeOfVersion,
                                sql::kDeleteVersion}) {
    const std::string plan = plan_of(catalog.connection(), sql);
    EXPECT_NE(plan, "") << sql;
    EXPECT_EQ(plan.find("TEMP B-TREE"), std::string::npos) << sql << "\n" << plan;
    EXPECT_EQ(plan.find("SCAN version"), std::string::npos) << sql << "\n" << plan;
    EXPECT_EQ(plan.find("SCAN change"), std::string::npos) << sql << "\n" << plan;
  }
}

// Checks over whole tables visit each Binary or version once, and what belongs to it by an index.
TEST(QueryPlanTest, ChecksOfAllRowsSortNothing) {
  catalog_test::FilledCatalog catalog;
  for (const char* const sql :
       {sql::kSelectBrokenHistories, sql::kCountStrayVersions, sql::kCountStrayChanges,
        sql::kCountUnexplainedPurges, sql::kCountStrangeKeys, sql::kCountStepsBack,
        sql::kCountStrayInline, sql::kCountStrayMaps, sql::kSelectChangeRun, sql::kSumVersions,
        sql::kCountBinaries}) {
    const std::string plan = plan_of(catalog.connection(), sql);
    EXPECT_EQ(plan.find("TEMP B-TREE"), std::string::npos) << sql << "\n" << plan;
    EXPECT_EQ(plan.find("AUTOMATIC"), std::string::npos) << sql << "\n" << plan;
    EXPECT_EQ(plan.find("SCAN w"), std::string::npos) << sql << "\n" << plan;
  }
}

}  // namespace
}  // namespace fhirbin::storage
