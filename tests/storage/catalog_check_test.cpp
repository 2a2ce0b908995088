#include "engine/storage/catalog_check.h"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sqlite3.h>

#include "tests/storage/filled_catalog.h"
#include "tests/support/result_matchers.h"

namespace fhirbin::storage {
namespace {

using catalog_test::FilledCatalog;
using catalog_test::make_record;
using testing::is_ok;

using Findings = std::map<std::string, std::string>;

std::vector<std::string> texts_of(Cursor<std::string> cursor) { return cursor.collect().value(); }

std::string joined(std::vector<std::string> texts) {
  std::ranges::sort(texts);
  std::string all;
  for (const std::string& text : texts) {
    all += (all.empty() ? "" : " ") + text;
  }
  return all;
}

// What each check says, those left out that find nothing.
Findings findings(Connection& connection, bool keep_history = true) {
  CatalogCheck check(connection);
  const ChangeRun run = check.change_run().value();
  const bool gapless = run.count == run.newest && run.oldest == (run.count == 0 ? 0U : 1U);
  Findings all = {
      {"tree", joined(texts_of(check.tree_findings().value()))},
      {"histories", joined(texts_of(check.broken_histories().value()))},
      {"change run", gapless ? "" : "has a gap"},
      {"stray versions", std::to_string(check.stray_versions().value())},
      {"stray purges", std::to_string(check.stray_purges().value())},
      {"mistallied", std::to_string(check.mistallied().value())},
      {"strange keys", std::to_string(check.strange_keys().value())},
      {"steps back", std::to_string(check.steps_back().value())},
      {"stray inline", std::to_string(check.stray_inline().value())},
      {"stray maps", std::to_string(check.stray_maps().value())},
      {"misfreed chunks", std::to_string(check.misfreed_chunks().value())},
      {"strange volumes", std::to_string(check.strange_volumes().value())},
      {"unexplained purges", std::to_string(check.unexplained_purges(keep_history).value())}};
  std::erase_if(all, [](const auto& found) { return found.second.empty() || found.second == "0"; });
  return all;
}

// sequence  1     2     3     4     5     6                 7     8
// version   a/1   b/1   a/2   a/3   b/2   purge of a/1      c/1   b/3
// content   one   in-   one   in-   dele-                   none  in-
//           chunk line  chunk line  tion                          line
class CatalogCheckTest : public ::testing::Test {
 protected:
  CatalogCheckTest() {
    const VersionRecord first = add("a", 10, ChangeAction::kCreate, Placement::kChunks);
    add("b", 10, ChangeAction::kCreate, Placement::kInline);
    add("a", 20, ChangeAction::kUpdate, Placement::kChunks);
    add("a", 30, ChangeAction::kUpdate, Placement::kInline);
    add("b", 20, ChangeAction::kDelete, Placement::kNone);
    catalog_.hide(first);
    catalog_.alter("UPDATE chunk SET reference_count = 0, freed_sequence = 6 WHERE id = 1");
    add("c", 5, ChangeAction::kCreate, Placement::kNone);
    add("b", 40, ChangeAction::kCreate, Placement::kInline);
  }

  FilledCatalog& catalog() { return catalog_; }

  VersionRecord add(const char* id, std::int64_t at_ms, ChangeAction action, Placement placement) {
    VersionRecord record = make_record(id, at_ms, action);
    record.placement = placement;
    record.size_bytes = placement == Placement::kNone ? 0 : 1000;
    record.stored_bytes = placement == Placement::kInline ? 900 : 0;
    return catalog_.add(record);
  }

 private:
  FilledCatalog catalog_;
};

TEST_F(CatalogCheckTest, AWholeCatalogIsNotBlamed) {
  EXPECT_EQ(findings(catalog().connection()), Findings{});
  // What was purged goes in the end, and its change stays.
  ASSERT_THAT(VersionTable(catalog().connection(), catalog().settings()).erase_hidden(1), is_ok());
  EXPECT_EQ(findings(catalog().connection()), Findings{});
  FilledCatalog empty;
  EXPECT_EQ(findings(empty.connection()), Findings{});
}

TEST_F(CatalogCheckTest, EachCheckFindsItsDamageAndCountsTheRows) {
  const struct {
    const char* name;
    const char* sql;
    Findings want;
  } cases[] = {
      {"a version in the middle missing",
       "DELETE FROM version WHERE sequence = 5",
       {{"histories", "b"}, {"change run", "has a gap"}}},
      {"the head missing",
       "DELETE FROM inline_content WHERE sequence = 8; DELETE FROM version WHERE sequence = 8",
       {{"histories", "b"}}},
      {"all of a history missing",
       "DELETE FROM version WHERE binary_key = 7",
       {{"histories", "c"}, {"change run", "has a gap"}, {"strange keys", "1"}}},
      {"the head is another number",
       "UPDATE binary SET head_number = 4 WHERE id = 'a'",
       {{"histories", "a"}}},
      {"the head is another sequence",
       "UPDATE binary SET head_sequence = 3 WHERE id = 'a'",
       {{"histories", "a"}}},
      {"several histories", "UPDATE binary SET head_sequence = 0", {{"histories", "a b c"}}},
      {"a key that is another Binary's version",
       "UPDATE binary SET key = 3 WHERE id = 'c'",
       {{"histories", "c"}, {"strange keys", "1"}, {"stray versions", "1"}}},
      {"the newest hidden",
       "UPDATE version SET purged_sequence = 9 WHERE sequence = 8",
       {{"histories", "b"}, {"mistallied", "1"}, {"unexplained purges", "1"}}},
      {"a Binary missing", "DELETE FROM binary WHERE id = 'c'", {{"stray versions", "1"}}},
      {"a Binary of several versions missing",
       "DELETE FROM binary WHERE id = 'a'",
       {{"stray versions", "3"}, {"stray purges", "1"}}},
      {"the oldest version missing",
       "DELETE FROM chunk_map WHERE sequence = 1; DELETE FROM version WHERE sequence = 1",
       {{"change run", "has a gap"}, {"mistallied", "1"}, {"strange keys", "1"}}},
      {"a purge missing",
       "DELETE FROM purge WHERE sequence = 6",
       {{"change run", "has a gap"}, {"mistallied", "1"}, {"unexplained purges", "1"}}},
      {"a purge of another Binary",
       "UPDATE purge SET id = 'b' WHERE sequence = 6",
       {{"unexplained purges", "1"}}},
      {"a purge of no Binary",
       "UPDATE purge SET id = 'd' WHERE sequence = 6",
       {{"stray purges", "1"}, {"unexplained purges", "1"}}},
      {"a purge of number 0",
       "UPDATE purge SET number = 0 WHERE sequence = 6",
       {{"stray purges", "1"}}},
      {"a purge past the head",
       "UPDATE purge SET number = 4 WHERE sequence = 6",
       {{"stray purges", "1"}}},
      {"a purge in the place of a version",
       "INSERT INTO purge VALUES(3, 'a', 1, 20); UPDATE tally SET retired = 3",
       {{"change run", "has a gap"}, {"stray purges", "1"}}},
      {"a tally too low", "UPDATE tally SET retired = 0", {{"mistallied", "2"}}},
      {"a tally too high", "UPDATE tally SET retired = 5", {{"mistallied", "3"}}},
      {"no tally", "DELETE FROM tally", {{"mistallied", "3"}}},
      {"two tallies", "INSERT INTO tally VALUES(0)", {{"mistallied", "1"}}},
      {"the oldest erased, and hidden by nothing",
       "UPDATE version SET placement = 3 WHERE sequence = 2; "
       "DELETE FROM inline_content WHERE sequence = 2",
       {{"stray versions", "1"}}},
      {"an erased version among those that are kept",
       "UPDATE version SET placement = 3, purged_sequence = 6 WHERE sequence = 5",
       {{"histories", "b"},
        {"mistallied", "1"},
        {"stray versions", "1"},
        {"unexplained purges", "1"}}},
      {"an erased version of which something is left",
       "UPDATE version SET placement = 3, size = 0, chunk_count = 0, digest = x'', map_hash = x'', "
       "seal = x'', content_type = '', security_context = '', elements = '{' WHERE sequence = 1; "
       "DELETE FROM chunk_map WHERE sequence = 1",
       {{"stray versions", "1"}}},
      {"a version of a kind to come",
       "UPDATE version SET action = 4 WHERE sequence = 1",
       {{"stray versions", "1"}}},
      {"a version past the head",
       "UPDATE version SET number = 9 WHERE sequence = 3",
       {{"histories", "a"}, {"stray versions", "1"}}},
      {"a first version that its key does not lead to",
       "INSERT INTO version SELECT 9, binary_key, id, number, last_updated, action, "
       "purged_sequence, placement, size, stored, chunk_count, digest, map_hash, seal, "
       "content_type, security_context, elements FROM version WHERE sequence = 7",
       {{"stray versions", "1"}}},
      {"a version of number 0",
       "UPDATE version SET number = 0 WHERE sequence = 7",
       {{"histories", "c"}, {"strange keys", "1"}, {"stray versions", "1"}}},
      {"a version of another Binary",
       "UPDATE version SET id = 'c' WHERE sequence = 3",
       {{"stray versions", "1"}}},
      {"a step back in time",
       "UPDATE version SET last_updated = 30 WHERE sequence = 3",
       {{"steps back", "1"}}},
      {"a step back in sequence, of a purged version too",
       "UPDATE version SET sequence = 100 WHERE sequence = 1; UPDATE chunk_map SET sequence = 100 "
       "WHERE sequence = 1",
       {{"change run", "has a gap"},
        {"steps back", "1"},
        {"stray versions", "1"},
        {"strange keys", "1"},
        {"unexplained purges", "1"}}},
      {"inline content of no version",
       "INSERT INTO inline_content VALUES(50, 0, x'00'), (51, 0, x'00')",
       {{"stray inline", "2"}}},
      {"inline content of a chunked version",
       "INSERT INTO inline_content VALUES(3, 0, x'00')",
       {{"stray inline", "1"}}},
      {"inline content of a deletion",
       "INSERT INTO inline_content VALUES(5, 0, x'00')",
       {{"stray inline", "1"}}},
      {"maps of no version",
       "INSERT INTO chunk_map VALUES(50, 0, x'00'), (50, 1, x'00')",
       {{"stray maps", "2"}}},
      {"a map of an inline version",
       "INSERT INTO chunk_map VALUES(4, 0, x'00')",
       {{"stray maps", "1"}}},
      {"freed and referenced",
       "UPDATE chunk SET reference_count = 1 WHERE id = 1",
       {{"misfreed chunks", "1"}}},
      {"neither", "UPDATE chunk SET reference_count = 0 WHERE id = 2", {{"misfreed chunks", "1"}}},
      {"fewer than none",
       "UPDATE chunk SET reference_count = -1 WHERE id = 2",
       {{"misfreed chunks", "1"}}},
      {"a volume of state 0", "UPDATE volume SET state = 0", {{"strange volumes", "1"}}},
      {"a volume of state 4", "UPDATE volume SET state = 4", {{"strange volumes", "1"}}},
      {"hidden by the change of another",
       "UPDATE version SET purged_sequence = 7 WHERE number = 1",
       {{"histories", "c"}, {"mistallied", "2"}, {"unexplained purges", "3"}}},
      {"hidden by a change to come",
       "UPDATE version SET purged_sequence = 50 WHERE sequence = 1",
       {{"unexplained purges", "1"}}},
      {"hidden before it was there",
       "UPDATE inline_content SET sequence = 9 WHERE sequence = 4; "
       "UPDATE version SET sequence = 9, purged_sequence = 6 WHERE sequence = 4",
       {{"histories", "a"},
        {"change run", "has a gap"},
        {"mistallied", "1"},
        {"unexplained purges", "1"}}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    catalog().execute("SAVEPOINT damage");
    catalog().alter(c.sql);
    EXPECT_EQ(findings(catalog().connection()), c.want);
    catalog().execute("ROLLBACK TO damage; RELEASE damage");
  }
  EXPECT_EQ(findings(catalog().connection()), Findings{}) << "a case was not undone";
}

// Where history is not kept, the next version hides the one before.
TEST_F(CatalogCheckTest, AnUpdateExplainsAPurgeOnlyWhereHistoryIsNotKept) {
  catalog().alter("UPDATE version SET purged_sequence = 4 WHERE sequence = 3");
  catalog().alter("UPDATE tally SET retired = 3");
  EXPECT_EQ(findings(catalog().connection(), true), (Findings{{"unexplained purges", "1"}}));
  EXPECT_EQ(findings(catalog().connection(), false), Findings{});
  // By a change of another Binary, or by its own, not even there.
  for (const char* const sequence : {"5", "3"}) {
    catalog().alter("UPDATE version SET purged_sequence = " + std::string(sequence) +
                    " WHERE sequence = 3");
    EXPECT_EQ(findings(catalog().connection(), false), (Findings{{"unexplained purges", "1"}}));
  }
}

TEST_F(CatalogCheckTest, TheRunOfChangesHasItsEndsAndItsCount) {
  catalog().alter("DELETE FROM version WHERE sequence IN (1, 2)");
  catalog().alter("DELETE FROM purge WHERE sequence = 6");
  CatalogCheck check(catalog().connection());
  const auto run = check.change_run();
  ASSERT_THAT(run, is_ok());
  EXPECT_EQ(run->oldest, 3U);
  EXPECT_EQ(run->newest, 8U);
  EXPECT_EQ(run->count, 5U);
}

// An index that leaves out a row is damage that no seal shows.
TEST_F(CatalogCheckTest, AnIndexWithoutOneOfItsRowsIsATreeFinding) {
  sqlite3_db_config(catalog().connection().handle(), SQLITE_DBCONFIG_DEFENSIVE, 0, nullptr);
  catalog().execute("PRAGMA writable_schema = ON");
  catalog().alter(
      "UPDATE sqlite_schema SET sql = 'CREATE INDEX version_purged ON version(purged_sequence)' "
      "WHERE name = 'version_purged'");
  catalog().execute("PRAGMA writable_schema = RESET");
  auto cursor = CatalogCheck(catalog().connection()).tree_findings();
  ASSERT_THAT(cursor, is_ok());
  const auto rows = cursor->collect();
  ASSERT_THAT(rows, is_ok());
  EXPECT_GT(rows->size(), 1U);
  for (const std::string& text : *rows) {
    EXPECT_NE(text.find("version_purged"), std::string::npos) << text;
  }
}

TEST_F(CatalogCheckTest, AWholeTreeIsASingleEmptyText) {
  auto cursor = CatalogCheck(catalog().connection()).tree_findings();
  ASSERT_THAT(cursor, is_ok());
  EXPECT_EQ(texts_of(*std::move(cursor)), std::vector<std::string>{""});
}

}  // namespace
}  // namespace fhirbin::storage
