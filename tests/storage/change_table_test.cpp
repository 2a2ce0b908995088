#include "engine/storage/change_table.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/storage/filled_catalog.h"
#include "tests/support/result_matchers.h"

namespace fhirbin::storage {
namespace {

using catalog_test::FilledCatalog;
using catalog_test::make_record;
using testing::is_error;
using testing::is_ok;

class ChangeTableTest : public ::testing::Test {
 protected:
  Connection& connection() { return catalog_.connection(); }
  FilledCatalog& catalog() { return catalog_; }
  ChangeTable changes() { return ChangeTable(catalog_.connection()); }

  // Erases a hidden version.
  void erase(const VersionRecord& record) {
    ASSERT_THAT(VersionTable(connection(), catalog_.settings()).erase_hidden(record.sequence),
                is_ok());
  }
  // Each change in a line.
  std::vector<std::string> feed(std::uint64_t after = 0, std::uint32_t limit = 100) {
    std::vector<std::string> lines;
    const auto read = changes().after(after, limit);
    EXPECT_THAT(read, is_ok());
    for (const Change& change : read.value()) {
      lines.push_back(std::to_string(change.sequence) + " " +
                      std::to_string(static_cast<int>(change.action)) + " " + change.id + "/" +
                      std::to_string(change.version) + " " +
                      std::to_string(change.last_updated.time_since_epoch().count()));
    }
    return lines;
  }

 private:
  FilledCatalog catalog_;
};

TEST_F(ChangeTableTest, VersionsAndPurgesShareOneRunOfSequences) {
  EXPECT_EQ(changes().last_sequence().value(), 0U);
  EXPECT_EQ(changes().next_sequence().value(), 1U);
  EXPECT_EQ(catalog().add(make_record("a", 100)).sequence, 1U);
  EXPECT_EQ(changes().next_sequence().value(), 2U);
  EXPECT_EQ(changes().append_purge("a", 1, 200).value(), 2U);
  EXPECT_EQ(changes().append_purge("a", 1, 201).value(), 3U);
  EXPECT_EQ(catalog().add(make_record("b", 300)).sequence, 4U);
  EXPECT_EQ(changes().last_sequence().value(), 4U);
}

TEST_F(ChangeTableTest, AChangeComesWithAllThatIsKnownOfIt) {
  catalog().add(make_record("a", 100));
  catalog().add(make_record("b", 50));
  catalog().add(make_record("a", 200, ChangeAction::kUpdate));
  catalog().add(make_record("a", 300, ChangeAction::kDelete));
  ASSERT_THAT(changes().append_purge("a", 3, 250), is_ok());
  const std::vector<std::string> all = {"1 1 a/1 100", "2 1 b/1 50", "3 2 a/2 200", "4 3 a/3 300",
                                        "5 4 a/3 250"};
  EXPECT_EQ(feed(), all);
  EXPECT_EQ(feed(2), std::vector(all.begin() + 2, all.end()));
  EXPECT_EQ(feed(1, 2), std::vector(all.begin() + 1, all.begin() + 3));
  EXPECT_EQ(feed(5), std::vector<std::string>());
}

TEST_F(ChangeTableTest, AVersionThatIsHiddenOrErasedStaysInTheFeedAsItWas) {
  const VersionRecord first = catalog().add(make_record("a", 100));
  const VersionRecord second = catalog().add(make_record("a", 200, ChangeAction::kUpdate));
  catalog().add(make_record("a", 300, ChangeAction::kUpdate));
  const std::vector<std::string> before = feed();
  catalog().hide(first);
  catalog().hide(second);
  const std::vector<std::string> hidden = feed();
  ASSERT_EQ(hidden.size(), 5U);
  EXPECT_EQ(std::vector(hidden.begin(), hidden.begin() + 3), before);
  erase(second);
  EXPECT_EQ(feed(), hidden);
  erase(first);
  EXPECT_EQ(feed(), hidden);
  EXPECT_EQ(changes().next_sequence().value(), 6U);
}

TEST_F(ChangeTableTest, AfterTheLastSequenceThereIsNone) {
  catalog().execute("INSERT INTO purge VALUES(9223372036854775807, 'a', 1, 1)");
  EXPECT_THAT(changes().next_sequence(), is_error(ErrorCode::kCorrupt));
  EXPECT_THAT(changes().append_purge("a", 1, 1), is_error(ErrorCode::kCorrupt));
  EXPECT_EQ(connection().query_number("SELECT count(*) FROM purge").value(), 1);
}

TEST_F(ChangeTableTest, WhatIsNoLongerKeptIsGone) {
  catalog().add(make_record("a"));
  for (const int sequence : {2, 3, 4, 5}) {
    EXPECT_EQ(changes().append_purge("a", 1, 100).value(), sequence);
  }
  catalog().alter("DELETE FROM version");
  catalog().alter("DELETE FROM purge WHERE sequence <= 3");
  EXPECT_THAT(changes().after(2, 10), is_error(ErrorCode::kGone));
  EXPECT_EQ(feed(3).size(), 2U);
  EXPECT_EQ(changes().next_sequence().value(), 6U);
}

}  // namespace
}  // namespace fhirbin::storage
