#include "engine/storage/connection.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include "tests/storage/seal_fixture.h"
#include "tests/support/file_text.h"

namespace fhirbin::storage {
namespace {

using testing::file_text;
using testing::TemporaryFolder;

// A catalog-like database that connections open as the engine does.
class ConnectionTest : public ::testing::Test {
 protected:
  ConnectionTest() {
    (void)seal_test::create(path(), seal_test::kCatalogLike, seal_test::parameters(0, 4096));
  }

  std::filesystem::path path() const { return folder_.path() / "catalog.db"; }
  std::filesystem::path wal_path() const { return path().string() + "-wal"; }

  Connection open(Access access = Access::kReadWrite, int cache_kibibytes = 2048) const {
    return Connection::open({.path = path().string(),
                             .seal = seal_test::parameters(0, 4096),
                             .access = access,
                             .cache_kibibytes = cache_kibibytes})
        .value();
  }

 private:
  TemporaryFolder folder_;
};

TEST_F(ConnectionTest, EveryConnectionIsSetToTheProtocolsOfTheStore) {
  const struct {
    const char* pragma;
    std::int64_t want;
  } settings[] = {{"PRAGMA cache_spill", 0},        {"PRAGMA temp_store", 2},
                  {"PRAGMA wal_autocheckpoint", 0}, {"PRAGMA synchronous", 2},
                  {"PRAGMA secure_delete", 1},      {"PRAGMA mmap_size", 0},
                  {"PRAGMA fullfsync", 1},          {"PRAGMA trusted_schema", 0}};
  for (const Access access : {Access::kReadOnly, Access::kReadWrite, Access::kCreate}) {
    Connection connection = open(access);
    for (const auto& setting : settings) {
      EXPECT_EQ(connection.query_number(setting.pragma).value(), setting.want) << setting.pragma;
    }
    int stays_in_wal = 0;
    sqlite3_db_config(connection.handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, -1, &stays_in_wal);
    EXPECT_EQ(stays_in_wal, 1);
  }
}

TEST_F(ConnectionTest, NothingLeavesTheWalUntilItIsToldTo) {
  const std::string before = file_text(path());
  {
    Connection connection = open();
    // Far past the thousand pages at which SQLite would checkpoint on its own.
    for (int i = 0; i < 12; ++i) {
      ASSERT_TRUE(
          connection.execute("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE "
                             "i < 100) INSERT INTO item(data) SELECT randomblob(4000) FROM n"));
    }
  }
  EXPECT_TRUE(file_text(path()) == before) << "a checkpoint by itself, at a commit or at the close";
  EXPECT_GT(std::filesystem::file_size(wal_path()), 1200U * 4096);
}

TEST_F(ConnectionTest, ATransactionReachesTheDiskAtItsCommitAndNotBefore) {
  Connection connection = open(Access::kReadWrite, 64);  // a cache of 16 SQLite pages
  ASSERT_TRUE(connection.execute("BEGIN IMMEDIATE"));
  const auto before = std::filesystem::file_size(wal_path());
  for (int i = 0; i < 200; ++i) {
    ASSERT_TRUE(connection.execute("INSERT INTO item(data) VALUES(randomblob(4000))"));
  }
  EXPECT_EQ(std::filesystem::file_size(wal_path()), before);
  ASSERT_TRUE(connection.execute("COMMIT"));
  EXPECT_GT(std::filesystem::file_size(wal_path()), before);
}

}  // namespace
}  // namespace fhirbin::storage
