#include "engine/storage/seal_journal_file.h"

#include <algorithm>
#include <ranges>

#include <gtest/gtest.h>

#include "engine/storage/seal_main_file.h"
#include "engine/storage/seal_page.h"
#include "tests/storage/seal_fixture.h"
#include "tests/support/file_text.h"
#include "tests/support/sanitized.h"

namespace fhirbin::storage {
namespace {

using testing::file_text;
using testing::TemporaryFolder;
using testing::write_file;

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

  std::filesystem::path path() const { return folder_ / "a.db"; }
  std::filesystem::path journal_path() const { return folder_ / "a.db-journal"; }

  Crash crash_while(const Database& database, const std::string& sql) const {
    Crash crash{.database = {}, .journal = {}, .before = read_all(database)};
    HookVfs::before_main_sync = [this, &crash] {
      crash.database = file_text(path());
      crash.journal = file_text(journal_path());
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

// Every page that the transaction touched may be torn, and it may have touched them all; so store
// id and page size must come from the journal.
TEST_F(SealJournalFileTest, AnUnknownStoreIsLearntFromItsHotJournal) {
  const Shape tiny{"persist", 7, 4096, 1, 100};
  const Database database =
      seal_test::create(path(), tiny, parameters(7, 4096), HookVfs::kSealedName);
  Crash crash =
      crash_while(database, "CREATE TABLE other(x); INSERT INTO item VALUES(2, 'b', 'b')");
  ASSERT_EQ(record_count(crash.journal), 3U) << "header, table and index";
  for (std::size_t at = 0; at < crash.database.size(); at += 4096) {
    flip_bit(crash.database, 8 * (at + 3000));
  }
  EXPECT_EQ(recover(crash.database, crash.journal, seal_test::unknown_store(7)), crash.before);
}

TEST_F(SealJournalFileTest, NoFlippedBitInAHotJournalGivesAWrongAnswer) {
  const Crash crash = crash_while_updating();
  const std::size_t record_bytes = 8 + seal_test::kVolumeLike.page_bytes;
  const std::size_t live_bytes = 512 + (record_count(crash.journal) * record_bytes);
  ASSERT_LT(live_bytes, crash.journal.size()) << "there must be a stale tail";
  BitPicker picker;
  Tally live;
  constexpr int kFlips = testing::campaign_size(1500);
  for (int i = 0; i < kFlips; ++i) {
    std::string damaged = crash.journal;
    flip_bit(damaged, picker.next(8 * live_bytes));
    live.count(recover(crash.database, damaged), crash.before);
  }
  EXPECT_EQ(live.silent, 0);
  EXPECT_GT(live.refused, kFlips * 4 / 5);

  Tally stale;
  for (int i = 0; i < 50; ++i) {
    std::string damaged = crash.journal;
    flip_bit(damaged, (8 * live_bytes) + picker.next(8 * (damaged.size() - live_bytes)));
    stale.count(recover(crash.database, damaged), crash.before);
  }
  EXPECT_EQ(stale.right, 50) << "what an older transaction left behind is nobody's damage";
}

TEST_F(SealJournalFileTest, EveryBitOfAJournalHeaderCounts) {
  const Crash crash = crash_while_updating();
  constexpr std::size_t kStep = testing::kIsSanitized ? 5 : 1;
  for (std::size_t bit = 0; bit < 8 * kSealedHeaderBytes; bit += kStep) {
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
  const std::string half_written = file_text(path());
  const std::string journal = file_text(journal_path());
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
  std::string journal = file_text(journal_path());
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
    flip_bit(journal_path(), std::size_t{8} * (512 + 4 + 5000));
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
  const std::string old_journal = file_text(journal_path());
  ASSERT_EQ(run(database, "BEGIN; UPDATE item SET data = randomblob(20000) WHERE id < 12"),
            SQLITE_OK);
  const std::string half_written = file_text(path());
  std::string journal = file_text(journal_path());
  ASSERT_EQ(record_count(journal), 0xFFFF'FFFFU);
  const auto [live_end, old_end] = std::ranges::mismatch(std::ranges::reverse_view(journal),
                                                         std::ranges::reverse_view(old_journal));
  ASSERT_GT(live_end - journal.rbegin(), 10'000) << "there must be a stale tail";
  std::fill(journal.rbegin(), live_end, '\x11');
  EXPECT_EQ(run(database, "ROLLBACK"), SQLITE_OK);
  EXPECT_EQ(recover(half_written, journal), before);
}

// The two files without SQLite, over files of the system's VFS.
class SealJournalPartsTest : public ::testing::Test {
 protected:
  SealJournalPartsTest()
      : main_file_(folder_ / "a.db", SQLITE_OPEN_MAIN_DB),
        journal_file_(folder_ / "a.db-journal", SQLITE_OPEN_MAIN_JOURNAL),
        main_(*main_file_.get(), parameters(7, 512)),
        journal_(*journal_file_.get(), main_) {}

  static ByteVector number(unsigned value) {
    return {std::byte{0}, std::byte{0}, std::byte{0}, static_cast<std::byte>(value)};
  }
  void write_record(std::int64_t offset, unsigned page_number, ByteVector image) {
    ByteVector bytes = number(page_number);
    EXPECT_EQ(journal_.write(bytes, offset), SQLITE_OK);
    EXPECT_EQ(journal_.write(image, offset + 4), SQLITE_OK);
    EXPECT_EQ(journal_.write(bytes, offset + 4 + std::ssize(image)), SQLITE_OK);
  }
  int read_record(std::int64_t offset) {
    ByteVector bytes(4);
    ByteVector image(512);
    EXPECT_EQ(journal_.read(bytes, offset), SQLITE_OK);
    return journal_.read(image, offset + 4);
  }
  std::string journal_bytes() const { return file_text(folder_ / "a.db-journal"); }

  TemporaryFolder folder_;
  seal_test::BaseFile main_file_;
  seal_test::BaseFile journal_file_;
  MainFile main_;
  JournalFile journal_;
};

TEST_F(SealJournalPartsTest, AnImageIsSealedOnItsWayIntoTheJournal) {
  ByteVector header(512);
  ASSERT_EQ(journal_.write(header, 0), SQLITE_OK);
  write_record(512, 9, ByteVector(512, std::byte{0x42}));
  const std::string bytes = journal_bytes();
  const SealKey key{.store_id = seal_test::store_id(0x5A), .file_number = 7};
  EXPECT_TRUE(seal_holds(key, 9, as_bytes(bytes).subspan(516, 512)));
  EXPECT_EQ(read_record(512), SQLITE_OK);
}

// With 64 records of 512-byte pages the next header follows the last checksum at once, and is as
// long as an image would be.
TEST_F(SealJournalPartsTest, AHeaderRightAfterAChecksumIsNoImage) {
  ByteVector header(512);
  ASSERT_EQ(journal_.write(header, 0), SQLITE_OK);
  for (unsigned i = 0; i < 64; ++i) {
    write_record(512 + (std::int64_t{i} * 520), i + 1, ByteVector(512, std::byte{0x42}));
  }
  constexpr std::int64_t kNextHeader = 512 + (64 * 520);
  static_assert(kNextHeader % 512 == 0);
  header.assign(512, std::byte{0x33});
  ASSERT_EQ(journal_.write(header, kNextHeader), SQLITE_OK);
  EXPECT_EQ(journal_bytes().substr(kNextHeader), std::string(512, '\x33'));
}

TEST_F(SealJournalPartsTest, TheNameOfASuperJournalIsNoImage) {
  ByteVector header(512);
  ASSERT_EQ(journal_.write(header, 0), SQLITE_OK);
  ByteVector mark(4);
  store_le(mark.data(), std::byteswap(lock_byte_page(512)));
  ASSERT_EQ(journal_.write(mark, 512), SQLITE_OK);
  ByteVector name(512, std::byte{'n'});
  ASSERT_EQ(journal_.write(name, 516), SQLITE_OK);
  EXPECT_EQ(journal_bytes().substr(516), std::string(512, 'n'));
}

TEST_F(SealJournalPartsTest, AWriterTakesNoOldHeaderForItsOwn) {
  std::string old_header(512, '\x11');
  old_header.replace(0, 8, "\xD9\xD5\x05\xF9\x20\xA1\x63\xD7");
  write_file(folder_ / "a.db-journal", std::string(1536, '\0') + old_header);
  ByteVector header(512);
  ASSERT_EQ(journal_.write(header, 0), SQLITE_OK);
  write_record(512, 9, ByteVector(512, std::byte{0x42}));
  ByteVector magic(8);
  EXPECT_EQ(journal_.read(magic, 1536), SQLITE_OK) << "SQLite looks there before it syncs";
  EXPECT_EQ(read_record(1032), SQLITE_IOERR_SHORT_READ) << "the end of what this writer wrote";
  ByteVector end(28);
  ASSERT_EQ(journal_.write(end, 0), SQLITE_OK);
  EXPECT_EQ(journal_.read(magic, 1536), SQLITE_IOERR_DATA) << "a reader of a hot journal must not";
}

}  // namespace
}  // namespace fhirbin::storage
