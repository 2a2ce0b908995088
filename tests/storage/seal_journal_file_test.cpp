#include "engine/storage/seal_journal_file.h"

#include <gtest/gtest.h>

#include "engine/storage/seal_page.h"
#include "tests/storage/seal_fixture.h"

namespace fhirbin::storage {
namespace {

using seal_test::BitPicker;
using seal_test::Database;
using seal_test::flip_bit;
using seal_test::HookVfs;
using seal_test::open;
using seal_test::parameters;
using seal_test::read_all;
using seal_test::Rows;
using seal_test::run;
using seal_test::Shape;
using seal_test::Tally;

constexpr std::size_t kHeaderBytes = 28;
constexpr std::size_t kSealedHeaderBytes = 60;

// A database as a power loss in the middle of a commit leaves it: the journal is complete and
// synced, and the pages of the transaction are in the database already.
struct Crash {
  std::string database;
  std::string journal;
  Rows before;
};

class SealJournalFileTest : public ::testing::Test {
 protected:
  SealJournalFileTest() { HookVfs::install(); }
  ~SealJournalFileTest() override { HookVfs::before_main_sync = nullptr; }
  SealJournalFileTest(const SealJournalFileTest&) = delete;
  SealJournalFileTest& operator=(const SealJournalFileTest&) = delete;

  std::filesystem::path path() const { return folder_ / "a.db"; }
  std::filesystem::path journal_path() const { return folder_ / "a.db-journal"; }

  Crash crash_while(const Database& database, const std::string& sql) const {
    Crash crash{.database = {}, .journal = {}, .before = read_all(database)};
    HookVfs::before_main_sync = [this, &crash] {
      crash.database = read_file(path());
      crash.journal = read_file(journal_path());
    };
    EXPECT_EQ(run(database, sql), SQLITE_OK);
    HookVfs::before_main_sync = nullptr;
    EXPECT_FALSE(crash.journal.empty());
    EXPECT_NE(read_all(database), crash.before) << "the transaction changed nothing";
    return crash;
  }
  Crash crash_while_updating() const {
    const Database database =
        seal_test::create(path(), seal_test::kVolumeLike,
                          parameters(7, seal_test::kVolumeLike.page_bytes), HookVfs::kSealedName);
    // First a larger transaction, whose records stay behind the end of the next one.
    EXPECT_EQ(run(database, "UPDATE item SET data = randomblob(20000) WHERE id > 5"), SQLITE_OK);
    return crash_while(database,
                       "UPDATE item SET data = randomblob(20000), name = 'new ' || id "
                       "WHERE id IN (3, 17, 18)");
  }
  Rows recover(const std::string& database, const std::string& journal,
               const SealParameters& seal) const {
    write_file(path(), database);
    write_file(journal_path(), journal);
    return read_all(open(path(), seal));
  }
  Rows recover(const std::string& database, const std::string& journal) const {
    return recover(database, journal, parameters(7, seal_test::kVolumeLike.page_bytes));
  }

  TemporaryFolder folder_;
};

std::uint32_t record_count(const std::string& journal) {
  return load_be32(as_bytes(journal).data() + 8);
}

TEST_F(SealJournalFileTest, AHotJournalRollsTheTransactionBack) {
  const Crash crash = crash_while_updating();
  EXPECT_EQ(recover(crash.database, crash.journal), crash.before);
  EXPECT_EQ(recover(crash.database, crash.journal, seal_test::unknown_store(7)), crash.before);
}

// Every database page may be torn then; so the store id must come from the journal.
TEST_F(SealJournalFileTest, AnUnknownStoreIsLearntFromItsHotJournal) {
  const Shape tiny{"persist", 7, 4096, 1, 100};
  const Database database =
      seal_test::create(path(), tiny, parameters(7, 4096), HookVfs::kSealedName);
  Crash crash = crash_while(database,
                            "CREATE TABLE other(x); DROP INDEX item_name;"
                            "CREATE INDEX item_name ON item(name, data);"
                            "INSERT INTO item VALUES(2, 'b', 'b')");
  const std::size_t pages = crash.database.size() / 4096;
  for (std::size_t page = 0; page < std::min<std::size_t>(pages, record_count(crash.journal));
       ++page) {
    flip_bit(crash.database, 8 * (page * 4096 + 3000));
  }
  write_file(path(), crash.database);
  write_file(journal_path(), crash.journal);
  const Database recovered = open(path(), seal_test::unknown_store(7));
  EXPECT_NE(seal_test::query(recovered, "SELECT count(*) FROM item").code, SQLITE_MISUSE);
  EXPECT_EQ(sealed_store_id(recovered.get()), seal_test::store_id(0x5A));
}

TEST_F(SealJournalFileTest, NoFlippedBitInAHotJournalGivesAWrongAnswer) {
  const Crash crash = crash_while_updating();
  const std::size_t record_bytes = 8 + seal_test::kVolumeLike.page_bytes;
  const std::size_t live_bytes = 512 + record_count(crash.journal) * record_bytes;
  ASSERT_LT(live_bytes, crash.journal.size()) << "there must be a stale tail";
  BitPicker picker;
  Tally live;
  for (int i = 0; i < 1500; ++i) {
    std::string damaged = crash.journal;
    flip_bit(damaged, picker.next(8 * live_bytes));
    live.count(recover(crash.database, damaged), crash.before);
  }
  EXPECT_EQ(live.silent, 0);
  EXPECT_GT(live.refused, 1200);

  Tally stale;
  for (int i = 0; i < 50; ++i) {
    std::string damaged = crash.journal;
    flip_bit(damaged, 8 * live_bytes + picker.next(8 * (damaged.size() - live_bytes)));
    stale.count(recover(crash.database, damaged), crash.before);
  }
  EXPECT_EQ(stale.right, 50) << "what an older transaction left behind is nobody's damage";
}

TEST_F(SealJournalFileTest, EveryBitOfAJournalHeaderCounts) {
  const Crash crash = crash_while_updating();
  for (std::size_t bit = 0; bit < 8 * kSealedHeaderBytes; ++bit) {
    std::string damaged = crash.journal;
    flip_bit(damaged, bit);
    EXPECT_EQ(recover(crash.database, damaged).code, SQLITE_IOERR_DATA) << "bit " << bit;
  }
}

TEST_F(SealJournalFileTest, ACutHotJournalIsDamage) {
  const Crash crash = crash_while_updating();
  for (const std::size_t length : {std::size_t{1}, kHeaderBytes, kSealedHeaderBytes - 1,
                                   std::size_t{512}, std::size_t{520}, std::size_t{20'000}}) {
    EXPECT_EQ(recover(crash.database, crash.journal.substr(0, length)).code, SQLITE_IOERR_DATA)
        << length;
  }
}

TEST_F(SealJournalFileTest, AJournalWithoutSealsIsNotPlayedBack) {
  const Crash crash = crash_while_updating();
  std::string foreign = crash.journal;
  foreign.replace(kHeaderBytes, kSealReservedBytes, kSealReservedBytes, '\0');
  EXPECT_EQ(recover(crash.database, foreign).code, SQLITE_IOERR_DATA);
}

TEST_F(SealJournalFileTest, AJournalOfAnotherFileIsNotPlayedBack) {
  const Crash crash = crash_while_updating();
  EXPECT_EQ(recover(crash.database, crash.journal, parameters(8, 16'384)).code, SQLITE_IOERR_DATA);
}

TEST_F(SealJournalFileTest, AStruckOutJournalIsLeftAlone) {
  const Crash crash = crash_while_updating();
  std::string ended = crash.journal;
  ended.replace(0, kHeaderBytes, kHeaderBytes, '\0');
  const Rows rows = recover(crash.database, ended);
  EXPECT_EQ(rows.code, SQLITE_OK);
  EXPECT_NE(rows, crash.before) << "the transaction is committed";
}

// A cache that spills writes several headers, and pages before the commit.
TEST_F(SealJournalFileTest, ASpillingTransactionCanBeRolledBackHotAndCold) {
  const Shape& shape = seal_test::kVolumeLike;
  const Database database =
      seal_test::create(path(), shape, parameters(7, shape.page_bytes), HookVfs::kSealedName);
  ASSERT_EQ(run(database, "UPDATE item SET data = randomblob(20000)"), SQLITE_OK);
  ASSERT_EQ(run(database, "PRAGMA cache_spill=1; PRAGMA cache_size=10"), SQLITE_OK);
  const Rows before = read_all(database);
  ASSERT_EQ(run(database, "BEGIN; UPDATE item SET data = randomblob(20000) WHERE id < 30"),
            SQLITE_OK);
  const std::string half_written = read_file(path());
  const std::string journal = read_file(journal_path());
  EXPECT_EQ(run(database, "SAVEPOINT s; UPDATE item SET data = x'00'; ROLLBACK TO s; ROLLBACK"),
            SQLITE_OK);
  EXPECT_EQ(read_all(database), before) << "cold";
  EXPECT_EQ(recover(half_written, journal), before) << "hot";

  BitPicker picker;
  Tally tally;
  for (int i = 0; i < 300; ++i) {
    std::string damaged = journal;
    flip_bit(damaged, picker.next(8 * damaged.size()));
    tally.count(recover(half_written, damaged), before);
  }
  EXPECT_EQ(tally.silent, 0);
  EXPECT_GT(tally.refused, 0);
}

// The tail of the journal holds records of an older transaction, in part overwritten.
TEST_F(SealJournalFileTest, RollingBackInFrontOfAStaleTailIsNoDamage) {
  const Shape& shape = seal_test::kVolumeLike;
  const Database database =
      seal_test::create(path(), shape, parameters(7, shape.page_bytes), HookVfs::kSealedName);
  ASSERT_EQ(run(database, "UPDATE item SET data = randomblob(20000)"), SQLITE_OK);
  const Rows before = read_all(database);
  std::string journal = read_file(journal_path());
  ASSERT_GT(journal.size(), 500'000U);
  std::fill(journal.begin() + 100'000, journal.end(), '\x11');
  write_file(journal_path(), journal);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(run(database, "BEGIN; UPDATE item SET data = randomblob(50) WHERE id = 4; ROLLBACK"),
              SQLITE_OK);
    EXPECT_EQ(read_all(database), before);
  }
}

TEST_F(SealJournalFileTest, ImagesThatRotBeforeARollbackNeverReachTheDatabase) {
  const Shape& shape = seal_test::kVolumeLike;
  for (const bool has_spilled : {false, true}) {
    SCOPED_TRACE(has_spilled ? "pages written" : "pages only in the cache");
    std::filesystem::remove(path());
    const Database database =
        seal_test::create(path(), shape, parameters(7, shape.page_bytes), HookVfs::kSealedName);
    const Rows before = read_all(database);
    if (has_spilled) {
      ASSERT_EQ(run(database, "PRAGMA cache_spill=1; PRAGMA cache_size=5"), SQLITE_OK);
    }
    ASSERT_EQ(run(database, "BEGIN; UPDATE item SET data = randomblob(20000) WHERE id < 20"),
              SQLITE_OK);
    flip_bit(journal_path(), 8 * (512 + 4 + 5000));
    (void)run(database, "ROLLBACK");  // SQLite reports what went wrong with the next access
    const Rows after = read_all(database);
    if (has_spilled) {
      EXPECT_EQ(after.code, SQLITE_IOERR_DATA);
    } else {
      EXPECT_EQ(after, before) << "the database never changed";
    }
  }
}

// Records are not counted then, so where they end is for their checksums to say.
TEST_F(SealJournalFileTest, WithoutSyncsAKilledProcessStillRollsBack) {
  const Shape& shape = seal_test::kVolumeLike;
  const Database database =
      seal_test::create(path(), shape, parameters(7, shape.page_bytes), HookVfs::kSealedName);
  ASSERT_EQ(run(database, "UPDATE item SET data = randomblob(20000)"), SQLITE_OK);
  ASSERT_EQ(run(database, "PRAGMA synchronous=OFF; PRAGMA cache_spill=1; PRAGMA cache_size=10"),
            SQLITE_OK);
  const Rows before = read_all(database);
  ASSERT_EQ(run(database, "BEGIN; UPDATE item SET data = randomblob(20000) WHERE id < 12"),
            SQLITE_OK);
  const std::string half_written = read_file(path());
  std::string journal = read_file(journal_path());
  ASSERT_EQ(record_count(journal), 0xFFFF'FFFFU);
  EXPECT_EQ(run(database, "ROLLBACK"), SQLITE_OK);
  EXPECT_EQ(recover(half_written, journal), before);
}

}  // namespace
}  // namespace fhirbin::storage
