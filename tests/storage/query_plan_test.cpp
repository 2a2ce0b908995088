#include <sstream>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "engine/storage/sql.h"
#include "tests/storage/catalog_fixture.h"
#include "tests/support/result_matchers.h"

namespace fhirbin::storage {
namespace {

using testing::is_ok;

class QueryPlanTest : public ::testing::Test {
 protected:
  // The steps that SQLite plans for a statement, in lines.
  std::string plan_of(const char* sql) {
    const std::string explain = std::string("EXPLAIN QUERY PLAN ") + sql;
    auto query = connection_.prepare(explain.c_str());
    EXPECT_THAT(query, is_ok());
    std::string steps;
    while (query->step().value()) {
      steps += std::string(query->column_text(3)) + "\n";
    }
    return steps;
  }

 private:
  catalog_test::CatalogFolder folder_;
  Connection connection_ = folder_.connect();
};

// How many tables a plan visits row by row; the rows of a subquery are none.
int count_scans(const std::string& plan) {
  int scans = 0;
  std::istringstream lines(plan);
  for (std::string line; std::getline(lines, line);) {
    const std::string name = line.starts_with("SCAN ") ? line.substr(5) : "CONSTANT ROW";
    const bool is_subquery = plan.find("CO-ROUTINE " + name + "\n") != std::string::npos ||
                             plan.find("MATERIALIZE " + name + "\n") != std::string::npos;
    scans += name == "CONSTANT ROW" || is_subquery ? 0 : 1;
  }
  return scans;
}

// A million versions must not be sorted, nor visited one by one, for the few of one Binary or for a
// page of a feed.
TEST_F(QueryPlanTest, FewVersionsAreFoundWithoutAScan) {
  for (const char* const sql : {sql::kSelectVersion,
                                sql::kSelectVersionAtSequence,
                                sql::kSelectHead,
                                sql::kSelectSnapshotVersion,
                                sql::kSelectKeptAfter,
                                sql::kSelectIsKept,
                                sql::kSelectVersionName,
                                sql::kSelectKeptUpTo,
                                sql::kSelectNumberBeyond,
                                sql::kHideVersion,
                                sql::kSelectHidden,
                                sql::kSelectHiddenAfter,
                                sql::kSelectStoreHistory,
                                sql::kSelectHistory,
                                sql::kCountHistory,
                                sql::kSelectHistoryDuring,
                                sql::kSelectStoreHistoryDuring,
                                sql::kCountHistoryDuring,
                                sql::kEraseVersion,
                                sql::kSelectLastSequence,
                                sql::kSelectOldestSequence,
                                sql::kSelectChanges,
                                sql::kInsertPin}) {
    const std::string plan = plan_of(sql);
    EXPECT_NE(plan, "") << sql;
    EXPECT_EQ(count_scans(plan), 0) << sql << "\n" << plan;
    EXPECT_EQ(plan.find("TEMP B-TREE"), std::string::npos) << sql << "\n" << plan;
  }
}

// Each row once, and what belongs to it by an index.
TEST_F(QueryPlanTest, ChecksOfAllRowsVisitOneTableAndSortNothing) {
  const std::pair<const char*, int> cases[] = {
      {sql::kSelectBrokenHistories, 1},  {sql::kCountStrayVersions, 1},
      {sql::kCountStrayPurges, 1},       {sql::kCountUnexplainedPurges, 1},
      {sql::kCountStrangeKeys, 1},       {sql::kCountStepsBack, 1},
      {sql::kCountStrayInline, 1},       {sql::kCountStrayMaps, 1},
      {sql::kSelectChangeRun, 2},        {sql::kCountKeptVersions, 1},
      {sql::kCountMistallied, 4},        {sql::kSumVersions, 1},
      {sql::kCountBinaries, 1},          {sql::kCountStoreHistory, 1},
      {sql::kCountStoreHistoryDuring, 1}};
  for (const auto& [sql, scans] : cases) {
    const std::string plan = plan_of(sql);
    EXPECT_NE(plan, "") << sql;
    EXPECT_LE(count_scans(plan), scans) << sql << "\n" << plan;
    EXPECT_EQ(plan.find("TEMP B-TREE"), std::string::npos) << sql << "\n" << plan;
    EXPECT_EQ(plan.find("AUTOMATIC"), std::string::npos) << sql << "\n" << plan;
  }
}

}  // namespace
}  // namespace fhirbin::storage
