#include "engine/storage/seal_vfs.h"

#include <thread>

#include <gtest/gtest.h>

#include "tests/storage/seal_fixture.h"

namespace fhirbin::storage {
namespace {

using testing::TemporaryFolder;

using seal_test::create;
using seal_test::Database;
using seal_test::insert_rows;
using seal_test::open;
using seal_test::open_plain;
using seal_test::parameters;
using seal_test::query;
using seal_test::read_all;
using seal_test::Rows;
using seal_test::run;
using seal_test::Shape;
using seal_test::store_id;

class SealVfsTest : public ::testing::Test {
 protected:
  std::filesystem::path path() const { return folder_ / "a.db"; }

  TemporaryFolder folder_;
};

TEST_F(SealVfsTest, RowsComeBackAtEveryPageSizeAndJournalMode) {
  for (const char* mode : {"wal", "persist", "delete", "truncate"}) {
    for (const std::uint32_t page_bytes : {512U, 4096U, 8192U, 16'384U, 65'536U}) {
      SCOPED_TRACE(std::string(mode) + " " + std::to_string(page_bytes));
      const Shape shape{mode, 5, page_bytes, 50, 3000};
      const auto file = folder_ / (mode + std::to_string(page_bytes));
      Rows want;
      {
        const Database database = create(file, shape, parameters(5, page_bytes));
        EXPECT_EQ(run(database, "BEGIN;" + insert_rows(shape, 1000) + "ROLLBACK;"), SQLITE_OK);
        EXPECT_EQ(run(database, insert_rows(shape, 100) +
                                    "UPDATE item SET data = randomblob(9000) WHERE id % 7 = 0;"
                                    "DELETE FROM item WHERE id % 11 = 0;"),
                  SQLITE_OK);
        want = read_all(database);
        EXPECT_EQ(want.code, SQLITE_OK);
      }
      EXPECT_EQ(read_all(open(file, parameters(5, page_bytes))), want);
      const Database learning = open(file, seal_test::unknown_store(5));
      EXPECT_EQ(read_all(learning), want);
      EXPECT_EQ(query(learning, "PRAGMA integrity_check").text, "ok|");
      EXPECT_EQ(read_all(open_plain(file)), want) << "the format stays SQLite's own";
    }
  }
}

TEST_F(SealVfsTest, AFileOfAnotherStoreOrAnotherNumberIsDamage) {
  const Shape& shape = seal_test::kVolumeLike;
  (void)create(path(), shape, parameters(7, shape.page_bytes));
  EXPECT_EQ(read_all(open(path(), parameters(7, shape.page_bytes))).code, SQLITE_OK);
  EXPECT_EQ(read_all(open(path(), parameters(8, shape.page_bytes))).code, SQLITE_IOERR_DATA);
  SealParameters other_store = parameters(7, shape.page_bytes);
  other_store.store_id = store_id(1);
  EXPECT_EQ(read_all(open(path(), other_store)).code, SQLITE_IOERR_DATA);
  EXPECT_EQ(read_all(open(path(), seal_test::unknown_store(8))).code, SQLITE_IOERR_DATA);
  EXPECT_EQ(read_all(open(path(), parameters(7, 4096))).code, SQLITE_IOERR_DATA);
}

TEST_F(SealVfsTest, AnUnsealedDatabaseIsNotRead) {
  const std::string plain = (folder_ / "plain.db").string();
  {
    sqlite3* raw = nullptr;
    sqlite3_open(plain.c_str(), &raw);
    const Database database(raw);
    ASSERT_EQ(run(database, "CREATE TABLE item(id INTEGER PRIMARY KEY)"), SQLITE_OK);
  }
  EXPECT_EQ(query(open(plain, parameters(0, 4096)), "SELECT * FROM item").code, SQLITE_IOERR_DATA);
}

TEST_F(SealVfsTest, ADatabaseIsRefusedWithoutItsParameters) {
  ASSERT_TRUE(register_seal_vfs());
  sqlite3* raw = nullptr;
  EXPECT_EQ(sqlite3_open_v2(path().c_str(), &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
                            kSealVfsName),
            SQLITE_CANTOPEN);
  sqlite3_close(raw);
  EXPECT_FALSE(std::filesystem::exists(path()));
  const Database database = create(path(), seal_test::kCatalogLike, parameters(0, 4096));
  EXPECT_EQ(run(database, "ATTACH '" + (folder_ / "b.db").string() + "' AS b"), SQLITE_CANTOPEN);
  EXPECT_EQ(run(database, "CREATE TEMP TABLE t(x); INSERT INTO t VALUES(1)"), SQLITE_OK)
      << "temporary databases are none of the seals' business";
}

TEST_F(SealVfsTest, ADatabaseThatWasNotPreparedCannotBeFilled) {
  const Database database = open(path(), parameters(0, 4096));
  EXPECT_EQ(run(database, "CREATE TABLE t(x)"), SQLITE_IOERR_WRITE);
}

TEST_F(SealVfsTest, OnlyAnEmptyDatabaseCanBePrepared) {
  const Database database = create(path(), seal_test::kVolumeLike, parameters(7, 16'384));
  EXPECT_FALSE(prepare_sealed_database(database.get(), 16'384));
  const Database other = open(folder_ / "b.db", parameters(7, 16'384));
  EXPECT_FALSE(prepare_sealed_database(other.get(), 4096)) << "not the size that it was opened for";
  EXPECT_FALSE(prepare_sealed_database(other.get(), 5000));
  EXPECT_TRUE(prepare_sealed_database(other.get(), 16'384));
}

TEST_F(SealVfsTest, ThePageSizeCannotBeChanged) {
  const Database database = create(path(), seal_test::kVolumeLike, parameters(7, 16'384));
  EXPECT_NE(run(database, "PRAGMA page_size=4096"), SQLITE_OK);
  EXPECT_EQ(run(database, "PRAGMA page_size=16384"), SQLITE_OK);
  EXPECT_EQ(query(database, "PRAGMA page_size").text, "16384|");
  EXPECT_EQ(query(database, "PRAGMA mmap_size=1000000").text, "0|");
}

TEST_F(SealVfsTest, TheStoreIdIsKnownOnceAPageWasRead) {
  (void)create(path(), seal_test::kVolumeLike, parameters(7, 16'384));
  const Database database = open(path(), seal_test::unknown_store(7));
  EXPECT_EQ(sealed_store_id(database.get()), std::nullopt);
  EXPECT_EQ(query(database, "SELECT count(*) FROM item").text, "42|");
  EXPECT_EQ(sealed_store_id(database.get()), store_id(0x5A));
  EXPECT_EQ(sealed_store_id(open_plain(path()).get()), std::nullopt);
}

TEST_F(SealVfsTest, ASealedVolumeIsReadWithoutLocksAndNeverWritten) {
  const Database writer = create(path(), seal_test::kVolumeLike, parameters(7, 16'384));
  SealParameters seal = parameters(7, 16'384);
  seal.immutable = true;
  const Rows want = read_all(writer);
  ASSERT_EQ(run(writer, "BEGIN EXCLUSIVE"), SQLITE_OK);
  const Database reader = open(path(), seal);
  EXPECT_EQ(read_all(reader), want);
  EXPECT_EQ(run(reader, "DELETE FROM item"), SQLITE_READONLY);
}

TEST_F(SealVfsTest, ABackupIsSealedForItsNewPlace) {
  const Database source = create(path(), seal_test::kCatalogLike, parameters(0, 4096));
  SealParameters seal = parameters(9, 4096);
  seal.store_id = store_id(0x77);
  {
    const Database target = open(folder_ / "b.db", seal);
    ASSERT_TRUE(prepare_sealed_database(target.get(), 4096));
    sqlite3_backup* const backup = sqlite3_backup_init(target.get(), "main", source.get(), "main");
    ASSERT_NE(backup, nullptr);
    EXPECT_EQ(sqlite3_backup_step(backup, -1), SQLITE_DONE);
    EXPECT_EQ(sqlite3_backup_finish(backup), SQLITE_OK);
  }
  EXPECT_EQ(read_all(open(folder_ / "b.db", seal)), read_all(source));
}

TEST_F(SealVfsTest, ItIsRegisteredOnceOverOneBase) {
  EXPECT_TRUE(register_seal_vfs_as("fhirbin-test-once", nullptr));
  EXPECT_TRUE(register_seal_vfs_as("fhirbin-test-once", nullptr));
  EXPECT_FALSE(register_seal_vfs_as("fhirbin-test-once", "unix-dotfile"));
  EXPECT_FALSE(register_seal_vfs_as("fhirbin-test-none", "no-such-vfs"));
  EXPECT_EQ(sqlite3_vfs_find("fhirbin-test-none"), nullptr);
  EXPECT_STRNE(sqlite3_vfs_find(nullptr)->zName, kSealVfsName) << "never the default";
}

TEST_F(SealVfsTest, ManyThreadsCanRegisterItAndUseTheirOwnConnections) {
  const Rows want = read_all(create(path(), seal_test::kCatalogLike, parameters(0, 4096)));
  std::vector<std::thread> threads;
  std::vector<Rows> got(8);
  threads.reserve(got.size());
  for (Rows& rows : got) {
    threads.emplace_back([this, &rows] {
      EXPECT_TRUE(register_seal_vfs());
      rows = read_all(open(path(), parameters(0, 4096)));
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  for (const Rows& rows : got) {
    EXPECT_EQ(rows, want);
  }
}

TEST_F(SealVfsTest, AWriterBesideReadersInTheWalIsNeverTakenForDamage) {
  const Database writer = create(path(), seal_test::kCatalogLike, parameters(0, 4096));
  std::jthread const reader([this](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      const Database database = open(path(), parameters(0, 4096));
      EXPECT_EQ(read_all(database).code, SQLITE_OK);
    }
  });
  for (int i = 0; i < 60; ++i) {
    const std::string id = std::to_string(1000 + i);
    EXPECT_EQ(run(writer, "INSERT INTO item VALUES(" + id + ", 'x', randomblob(20000))"),
              SQLITE_OK);
    if (i % 5 == 0) {
      // A checkpoint beside readers may have to leave some of the log; that is no error.
      sqlite3_wal_checkpoint_v2(writer.get(), nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr,
                                nullptr);
      EXPECT_NE(sqlite3_extended_errcode(writer.get()), SQLITE_IOERR_DATA);
    }
  }
}

}  // namespace
}  // namespace fhirbin::storage
