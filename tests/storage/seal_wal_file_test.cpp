#include "engine/storage/seal_wal_file.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "tests/storage/seal_fixture.h"
#include "tests/support/file_text.h"

namespace fhirbin::storage {
namespace {

using testing::file_text;
using testing::TemporaryFolder;

using seal_test::BitPicker;
using seal_test::Database;
using seal_test::flip_bit;
using seal_test::HookVfs;
using seal_test::kCatalogLike;
using seal_test::open;
using seal_test::parameters;
using seal_test::read_all;
using seal_test::Rows;
using seal_test::run;
using seal_test::Tally;

constexpr std::uint64_t kReserveBytes = 300'000;

class SealWalFileTest : public ::testing::Test {
 protected:
  SealWalFileTest() { HookVfs::install(); }
  ~SealWalFileTest() override {
    HookVfs::has_hints = true;
    HookVfs::refuses_wal_writes = false;
  }

  std::filesystem::path path() const { return folder_ / "a.db"; }
  std::filesystem::path wal_path() const { return folder_ / "a.db-wal"; }
  std::string wal_bytes() const { return file_text(wal_path()); }

  void flip_in_wal(std::size_t bit) const { flip_bit(wal_path(), bit); }

  Database create_with_reserve(const char* vfs = kSealVfsName) const {
    SealParameters seal = parameters(0, 4096);
    seal.wal_reserve_bytes = kReserveBytes;
    return seal_test::create(path(), kCatalogLike, seal, vfs);
  }
  static int checkpoint(const Database& database) {
    return sqlite3_wal_checkpoint_v2(database.get(), nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr,
                                     nullptr);
  }

  TemporaryFolder folder_;
};

bool is_all_zeros(const std::string& bytes) {
  return std::ranges::all_of(bytes, [](char c) { return c == '\0'; });
}

TEST_F(SealWalFileTest, FramesThatRotUnderALiveReaderGiveNoWrongAnswer) {
  const Database writer = seal_test::create(path(), kCatalogLike, parameters(0, 4096));
  const Rows want = read_all(writer);
  const std::size_t wal_bits = 8 * std::filesystem::file_size(wal_path());
  BitPicker picker;
  Tally sealed;
  Tally unsealed;
  for (int i = 0; i < 600; ++i) {
    const std::size_t bit = picker.next(wal_bits);
    flip_in_wal(bit);
    sealed.count(read_all(open(path(), parameters(0, 4096))), want);
    unsealed.count(read_all(seal_test::open_plain(path())), want);
    flip_in_wal(bit);
  }
  EXPECT_EQ(sealed.silent, 0);
  EXPECT_GT(sealed.refused, 300);
  EXPECT_GT(unsealed.silent, 0) << "the campaign must be able to fail";
  EXPECT_EQ(read_all(open(path(), seal_test::unknown_store(0))), want) << "healed again";
}

TEST_F(SealWalFileTest, ACheckpointNeverSealsFramesThatRotted) {
  Rows want;
  {
    const Database database = seal_test::create(path(), kCatalogLike, parameters(0, 4096));
    ASSERT_EQ(checkpoint(database), SQLITE_OK);
    ASSERT_EQ(run(database, "UPDATE item SET data = randomblob(1600)"), SQLITE_OK);
    want = read_all(database);
    std::filesystem::copy_file(path(), folder_ / "copy.db");
    std::filesystem::copy_file(wal_path(), folder_ / "copy.db-wal");
  }
  BitPicker picker;
  int refused = 0;
  Tally after;
  for (int i = 0; i < 200; ++i) {
    std::filesystem::remove(folder_ / "a.db-shm");
    std::filesystem::copy_file(folder_ / "copy.db", path(),
                               std::filesystem::copy_options::overwrite_existing);
    std::filesystem::copy_file(folder_ / "copy.db-wal", wal_path(),
                               std::filesystem::copy_options::overwrite_existing);
    const Database database = open(path(), parameters(0, 4096));
    ASSERT_EQ(seal_test::query(database, "SELECT count(*) FROM item").code, SQLITE_OK);
    flip_in_wal(picker.next(8 * std::filesystem::file_size(wal_path())));
    const int rc = checkpoint(database);
    refused += rc == SQLITE_IOERR_DATA ? 1 : 0;
    EXPECT_TRUE(rc == SQLITE_OK || rc == SQLITE_IOERR_DATA) << rc;
    after.count(read_all(open(path(), parameters(0, 4096))), want);
  }
  EXPECT_EQ(after.silent, 0);
  EXPECT_GT(refused, 100);
}

TEST_F(SealWalFileTest, ATransactionThatOverwritesItsOwnFramesIsNotTakenForDamage) {
  const Database database = seal_test::create(path(), kCatalogLike, parameters(0, 4096));
  ASSERT_EQ(run(database, "PRAGMA cache_spill=1; PRAGMA cache_size=5"), SQLITE_OK);
  std::string rewrite = "BEGIN;";
  for (int i = 0; i < 5; ++i) {
    rewrite += "UPDATE item SET data = randomblob(2000), name = 'again ' || id;";
  }
  ASSERT_EQ(run(database, rewrite), SQLITE_OK);
  const Rows inside = read_all(database);
  EXPECT_EQ(inside.code, SQLITE_OK);
  ASSERT_EQ(run(database, "COMMIT"), SQLITE_OK);
  EXPECT_EQ(read_all(database), inside);
  EXPECT_EQ(read_all(open(path(), parameters(0, 4096))), inside);
  EXPECT_EQ(checkpoint(database), SQLITE_OK);
  EXPECT_EQ(read_all(open(path(), parameters(0, 4096))), inside);
}

// The connection that made such a transaction is as strict as any other as soon as it is over.
TEST_F(SealWalFileTest, FramesAreCheckedAgainAfterSuchATransaction) {
  const Database database = seal_test::create(path(), kCatalogLike, parameters(0, 4096));
  ASSERT_EQ(run(database,
                "PRAGMA cache_spill=1; PRAGMA cache_size=5; BEGIN;"
                "UPDATE item SET data = randomblob(2000);"
                "UPDATE item SET data = randomblob(2000); COMMIT"),
            SQLITE_OK);
  int refused = 0;
  constexpr std::size_t kFrameBytes = 4120;
  for (std::size_t at = 56; at < std::filesystem::file_size(wal_path()); at += kFrameBytes) {
    flip_in_wal(8 * (at + 2000));
    sqlite3_db_release_memory(database.get());
    const int same = read_all(database).code;
    EXPECT_EQ(same, read_all(open(path(), parameters(0, 4096))).code) << at;
    refused += same == SQLITE_IOERR_DATA ? 1 : 0;
    flip_in_wal(8 * (at + 2000));
  }
  EXPECT_GT(refused, 20);
}

TEST_F(SealWalFileTest, ATruncatedWalKeepsItsReserveAsZeros) {
  for (const bool has_hints : {true, false}) {
    SCOPED_TRACE(has_hints ? "allocated by a hint" : "written");
    HookVfs::has_hints = has_hints;
    std::filesystem::remove(path());
    const Database database = create_with_reserve(HookVfs::kSealedName);
    const Rows want = read_all(database);
    ASSERT_EQ(checkpoint(database), SQLITE_OK);
    EXPECT_EQ(wal_bytes().size(), kReserveBytes);
    EXPECT_TRUE(is_all_zeros(wal_bytes()));
    EXPECT_EQ(read_all(open(path(), parameters(0, 4096))), want);

    ASSERT_EQ(run(database, "INSERT INTO item VALUES(900, 'more', 'more')"), SQLITE_OK);
    EXPECT_EQ(wal_bytes().size(), kReserveBytes) << "the reserve is used, not added to";
    ASSERT_EQ(checkpoint(database), SQLITE_OK);
    EXPECT_TRUE(is_all_zeros(wal_bytes()));
    release_wal_reserve(database.get());
    ASSERT_EQ(checkpoint(database), SQLITE_OK);
    EXPECT_EQ(wal_bytes().size(), 0U) << "released";
  }
}

TEST_F(SealWalFileTest, RecoveryFindsAnEmptyLogInTheReserve) {
  Rows want;
  const auto copy = folder_ / "copy.db";
  {
    const Database database = create_with_reserve();
    ASSERT_EQ(checkpoint(database), SQLITE_OK);
    want = read_all(database);
    // What a kill leaves: the files, and no shared memory.
    std::filesystem::copy_file(path(), copy);
    std::filesystem::copy_file(wal_path(), folder_ / "copy.db-wal");
  }
  const Database recovered = open(copy, parameters(0, 4096));
  EXPECT_EQ(read_all(recovered), want);
  EXPECT_EQ(run(recovered, "INSERT INTO item VALUES(900, 'more', 'more')"), SQLITE_OK);
  const Rows more = read_all(recovered);
  std::filesystem::copy_file(copy, folder_ / "second.db");
  std::filesystem::copy_file(folder_ / "copy.db-wal", folder_ / "second.db-wal");
  EXPECT_EQ(read_all(open(folder_ / "second.db", parameters(0, 4096))), more)
      << "frames in front of zeros are recovered";
}

TEST_F(SealWalFileTest, FramesGoDownTogetherAndAreThereBeforeAnybodyLearnsOfThem) {
  const Database database = create_with_reserve(HookVfs::kSealedName);
  HookVfs::wal_writes = 0;
  HookVfs::wal_bytes = 0;
  ASSERT_EQ(run(database, "UPDATE item SET name = 'again ' || id WHERE id < 40"), SQLITE_OK);
  EXPECT_GT(HookVfs::wal_bytes, 5 * 4096) << "too little to be told apart";
  EXPECT_LE(HookVfs::wal_writes, 2) << "its header and its frames";
  const Rows want = read_all(database);
  EXPECT_EQ(read_all(open(path(), parameters(0, 4096))), want);
}

TEST_F(SealWalFileTest, FramesThatCannotBeWrittenFailTheCommit) {
  const Database database = create_with_reserve(HookVfs::kSealedName);
  const Rows before = read_all(database);
  HookVfs::refuses_wal_writes = true;
  EXPECT_EQ(run(database, "INSERT INTO item VALUES(900, 'more', 'more')") & 0xFF, SQLITE_FULL);
  HookVfs::refuses_wal_writes = false;
  EXPECT_EQ(read_all(database), before);
  EXPECT_EQ(read_all(open(path(), parameters(0, 4096))), before);
  EXPECT_EQ(run(database, "INSERT INTO item VALUES(901, 'more', 'more')"), SQLITE_OK);
  EXPECT_EQ(read_all(open(path(), parameters(0, 4096))), read_all(database));
}

TEST_F(SealWalFileTest, ADiskTooFullForTheReserveDoesNotFailTheCheckpoint) {
  const Database database = create_with_reserve(HookVfs::kSealedName);
  HookVfs::has_hints = false;
  HookVfs::refuses_wal_writes = true;
  EXPECT_EQ(checkpoint(database), SQLITE_OK);
  EXPECT_EQ(wal_bytes().size(), 0U);
  HookVfs::refuses_wal_writes = false;
  EXPECT_EQ(run(database, "INSERT INTO item VALUES(900, 'more', 'more')"), SQLITE_OK);
}

TEST_F(SealWalFileTest, TheReserveDoesNotRoundOtherTruncationsUp) {
  const Database database = create_with_reserve();
  ASSERT_EQ(checkpoint(database), SQLITE_OK);
  ASSERT_EQ(run(database, "PRAGMA journal_size_limit=0; INSERT INTO item VALUES(900, 'a', 'a')"),
            SQLITE_OK);
  EXPECT_LT(wal_bytes().size(), kReserveBytes / 2);
}

TEST_F(SealWalFileTest, DatabasesWithoutAReserveKeepNone) {
  const Database database = seal_test::create(path(), kCatalogLike, parameters(0, 4096));
  ASSERT_EQ(checkpoint(database), SQLITE_OK);
  EXPECT_EQ(wal_bytes().size(), 0U);
}

}  // namespace
}  // namespace fhirbin::storage
