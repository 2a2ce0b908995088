#include "engine/storage/seal_main_file.h"

#include <gtest/gtest.h>

#include "tests/storage/seal_fixture.h"
#include "tests/support/file_text.h"

namespace fhirbin::storage {
namespace {

using testing::file_text;
using testing::TemporaryFolder;
using testing::write_file;

using seal_test::parameters;

constexpr std::int64_t kPageBytes = 4096;

// A database file as SQLite's pager would use it, without SQLite.
class MainFileTest : public ::testing::Test {
 protected:
  MainFileTest() {
    EXPECT_TRUE(register_seal_vfs());
    vfs_ = sqlite3_vfs_find(kSealVfsName);
    memory_.resize(static_cast<std::size_t>(vfs_->szOsFile));
    open(parameters(3, 4096));
  }
  ~MainFileTest() override { close(); }

  void open(const SealParameters& seal) {
    const std::string page_bytes = std::to_string(seal.sqlite_page_bytes);
    std::vector<const char*> pairs = {"seal_store",       "5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a",
                                      "seal_file",        "3",
                                      "seal_page_bytes",  page_bytes.c_str(),
                                      "seal_wal_reserve", "0"};
    if (!seal.store_id) {
      pairs[1] = "learn";
    }
    if (seal.immutable) {
      pairs.insert(pairs.end(), {"immutable", "1"});
    }
    name_ = sqlite3_create_filename((folder_ / "a.db").c_str(), "", "",
                                    static_cast<int>(pairs.size() / 2), pairs.data());
    int flags = 0;
    ASSERT_EQ(vfs_->xOpen(vfs_, name_, file(),
                          SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, &flags),
              SQLITE_OK);
  }
  void close() {
    EXPECT_EQ(file()->pMethods->xClose(file()), SQLITE_OK);
    sqlite3_free_filename(name_);
  }
  void reopen(const SealParameters& seal) {
    close();
    open(seal);
  }

  sqlite3_file* file() { return reinterpret_cast<sqlite3_file*>(memory_.data()); }
  int read(std::int64_t offset, int length) {
    read_.assign(static_cast<std::size_t>(length), std::byte{0xEE});
    return file()->pMethods->xRead(file(), read_.data(), length, offset);
  }
  int write(std::int64_t offset, ByteVector bytes) {
    return file()->pMethods->xWrite(file(), bytes.data(), static_cast<int>(bytes.size()), offset);
  }
  int control(int operation, void* argument) {
    return file()->pMethods->xFileControl(file(), operation, argument);
  }

  // A page full of `fill`; page 1 with the header that it needs.
  static ByteVector page(unsigned fill, bool first = false) {
    ByteVector bytes(4096, static_cast<std::byte>(fill));
    if (first) {
      bytes[16] = std::byte{kPageBytes >> 8};
      bytes[17] = std::byte{0};
      bytes[20] = std::byte{kSealReservedBytes};
    }
    return bytes;
  }
  void write_three_pages() {
    ASSERT_EQ(write(0, page(1, true)), SQLITE_OK);
    ASSERT_EQ(write(kPageBytes, page(2)), SQLITE_OK);
    ASSERT_EQ(write(2 * kPageBytes, page(3)), SQLITE_OK);
  }
  void damage(std::int64_t offset) {
    std::string bytes = file_text(folder_ / "a.db");
    seal_test::flip_bit(bytes, 8 * static_cast<std::size_t>(offset));
    write_file(folder_ / "a.db", bytes);
  }

  TemporaryFolder folder_;
  sqlite3_vfs* vfs_ = nullptr;
  sqlite3_filename name_ = nullptr;
  std::vector<std::max_align_t> memory_;
  ByteVector read_;
};

TEST_F(MainFileTest, OnlyWholePagesCanBeWritten) {
  write_three_pages();
  EXPECT_EQ(write(1, page(4)), SQLITE_IOERR_WRITE) << "not aligned";
  EXPECT_EQ(write(kPageBytes, ByteVector(512)), SQLITE_IOERR_WRITE) << "part of a page";
  EXPECT_EQ(write(kPageBytes, ByteVector(8192)), SQLITE_IOERR_WRITE) << "two pages";
  EXPECT_EQ(read(kPageBytes, 4096), SQLITE_OK);
  EXPECT_EQ(read_[0], std::byte{2}) << "nothing was written";
}

TEST_F(MainFileTest, APageOneWithoutRoomForSealsIsRefused) {
  EXPECT_EQ(write(0, page(1)), SQLITE_IOERR_WRITE);
  ByteVector other_size = page(1, true);
  other_size[16] = std::byte{0x20};
  EXPECT_EQ(write(0, other_size), SQLITE_IOERR_WRITE);
  EXPECT_EQ(write(0, page(1, true)), SQLITE_OK);
}

TEST_F(MainFileTest, TheFirstHundredBytesAreReadUncheckedAndNothingElseIs) {
  write_three_pages();
  damage(3000);
  EXPECT_EQ(read(0, 100), SQLITE_OK);
  EXPECT_EQ(read(24, 16), SQLITE_OK);
  EXPECT_EQ(read(0, 101), SQLITE_IOERR_DATA);
  EXPECT_EQ(read(96, 8), SQLITE_IOERR_DATA);
  EXPECT_EQ(read(0, 4096), SQLITE_IOERR_DATA);
}

TEST_F(MainFileTest, APartialReadChecksEachPageThatItTouches) {
  write_three_pages();
  EXPECT_EQ(read(kPageBytes - 8, 16), SQLITE_OK);
  EXPECT_EQ(read_[8], std::byte{2});
  EXPECT_EQ(read(kPageBytes, 8192), SQLITE_OK);
  EXPECT_EQ(read_[kPageBytes], std::byte{3});
  damage((2 * kPageBytes) + 4000);
  EXPECT_EQ(read(2 * kPageBytes, 4), SQLITE_IOERR_DATA);
  EXPECT_EQ(read(kPageBytes, 8192), SQLITE_IOERR_DATA);
  EXPECT_EQ(read(kPageBytes, 8), SQLITE_OK) << "does not touch the damaged page";
}

TEST_F(MainFileTest, AnEmptyFileReadsShortUnlessItIsImmutable) {
  EXPECT_EQ(read(0, 4096), SQLITE_IOERR_SHORT_READ);
  EXPECT_EQ(read_[5], std::byte{0});
  SealParameters seal = parameters(3, 4096);
  seal.immutable = true;
  reopen(seal);
  EXPECT_EQ(read(0, 4096), SQLITE_IOERR_DATA);
}

TEST_F(MainFileTest, ReadingPastTheEndIsDamageUnlessThisConnectionIsWriting) {
  write_three_pages();
  EXPECT_EQ(read(3 * kPageBytes, 4096), SQLITE_IOERR_DATA);
  const auto* methods = file()->pMethods;
  ASSERT_EQ(methods->xLock(file(), SQLITE_LOCK_SHARED), SQLITE_OK);
  EXPECT_EQ(read(3 * kPageBytes, 4096), SQLITE_IOERR_DATA) << "a reader";
  ASSERT_EQ(methods->xLock(file(), SQLITE_LOCK_RESERVED), SQLITE_OK);
  EXPECT_EQ(read(3 * kPageBytes, 4096), SQLITE_IOERR_SHORT_READ) << "a writer";
  ASSERT_EQ(methods->xUnlock(file(), SQLITE_LOCK_SHARED), SQLITE_OK);
  EXPECT_EQ(read(3 * kPageBytes, 4096), SQLITE_IOERR_DATA) << "a writer no more";
}

TEST_F(MainFileTest, TheWriteLockOfAWalCountsAsWriting) {
  write_three_pages();
  const auto* methods = file()->pMethods;
  ASSERT_EQ(methods->xLock(file(), SQLITE_LOCK_SHARED), SQLITE_OK);
  void volatile* memory = nullptr;
  ASSERT_EQ(methods->xShmMap(file(), 0, 32'768, 1, &memory), SQLITE_OK);
  ASSERT_EQ(methods->xShmLock(file(), 3, 1, SQLITE_SHM_LOCK | SQLITE_SHM_EXCLUSIVE), SQLITE_OK);
  EXPECT_EQ(read(3 * kPageBytes, 4096), SQLITE_IOERR_DATA) << "another lock";
  ASSERT_EQ(methods->xShmLock(file(), 3, 1, SQLITE_SHM_UNLOCK | SQLITE_SHM_EXCLUSIVE), SQLITE_OK);
  ASSERT_EQ(methods->xShmLock(file(), 0, 1, SQLITE_SHM_LOCK | SQLITE_SHM_EXCLUSIVE), SQLITE_OK);
  EXPECT_EQ(read(3 * kPageBytes, 4096), SQLITE_IOERR_SHORT_READ);
  ASSERT_EQ(methods->xShmLock(file(), 0, 1, SQLITE_SHM_UNLOCK | SQLITE_SHM_EXCLUSIVE), SQLITE_OK);
  EXPECT_EQ(read(3 * kPageBytes, 4096), SQLITE_IOERR_DATA);
  EXPECT_EQ(methods->xShmUnmap(file(), 1), SQLITE_OK);
}

TEST_F(MainFileTest, ATornLastPageIsDamageEvenForAWriter) {
  write_three_pages();
  std::filesystem::resize_file(folder_ / "a.db", (2 * kPageBytes) + 1000);
  ASSERT_EQ(file()->pMethods->xLock(file(), SQLITE_LOCK_SHARED), SQLITE_OK);
  ASSERT_EQ(file()->pMethods->xLock(file(), SQLITE_LOCK_RESERVED), SQLITE_OK);
  EXPECT_EQ(read(2 * kPageBytes, 4096), SQLITE_IOERR_DATA);
}

TEST_F(MainFileTest, AFileThatBecomesEmptyUnderItsReaderIsDamage) {
  write_three_pages();
  std::filesystem::resize_file(folder_ / "a.db", 0);
  EXPECT_EQ(read(0, 4096), SQLITE_IOERR_DATA);
  ASSERT_EQ(file()->pMethods->xTruncate(file(), 0), SQLITE_OK);
  EXPECT_EQ(read(0, 4096), SQLITE_IOERR_SHORT_READ) << "emptied by this connection";
}

TEST_F(MainFileTest, AStoreIdIsLearntFromAPageWhoseSealHolds) {
  write_three_pages();
  reopen(seal_test::unknown_store(3));
  std::optional<StoreId> id;
  EXPECT_EQ(read(0, 100), SQLITE_OK);
  EXPECT_EQ(control(kControlStoreId, &id), SQLITE_OK);
  EXPECT_FALSE(id) << "nothing was checked so far";
  EXPECT_EQ(read(2 * kPageBytes, 4096), SQLITE_OK);
  EXPECT_EQ(control(kControlStoreId, &id), SQLITE_OK);
  EXPECT_EQ(id, seal_test::store_id(0x5A));
}

// After a crash during a checkpoint page 1 may be torn, and is then in the WAL.
TEST_F(MainFileTest, ADamagedPageOneDoesNotKeepTheStoreIdSecret) {
  write_three_pages();
  damage(2000);
  reopen(seal_test::unknown_store(3));
  EXPECT_EQ(read(kPageBytes, 4096), SQLITE_OK);
  EXPECT_EQ(read(0, 4096), SQLITE_IOERR_DATA);
  EXPECT_EQ(write(0, page(1, true)), SQLITE_OK);
  EXPECT_EQ(read(0, 4096), SQLITE_OK);
}

TEST_F(MainFileTest, NoStoreIdIsLearntWhereNoSealHolds) {
  write_three_pages();
  damage(2000);
  damage(kPageBytes + 2000);
  damage((2 * kPageBytes) + 2000);
  reopen(seal_test::unknown_store(3));
  EXPECT_EQ(read(kPageBytes, 4096), SQLITE_IOERR_DATA);
  EXPECT_EQ(write(0, page(1, true)), SQLITE_IOERR_DATA);
  std::optional<StoreId> id;
  EXPECT_EQ(control(kControlStoreId, &id), SQLITE_OK);
  EXPECT_FALSE(id);
}

TEST_F(MainFileTest, AnEmptyFileOfAnUnknownStoreCannotBeWritten) {
  reopen(seal_test::unknown_store(3));
  EXPECT_EQ(read(0, 4096), SQLITE_IOERR_SHORT_READ);
  EXPECT_EQ(write(0, page(1, true)), SQLITE_IOERR_WRITE);
}

TEST_F(MainFileTest, ACheckpointPutsAFrameOnlyWhereItSaysItBelongs) {
  write_three_pages();
  MainFile* const main = main_file_of(file());
  ASSERT_NE(main, nullptr);
  (void)control(SQLITE_FCNTL_CKPT_START, nullptr);
  main->note_frame(2);
  EXPECT_EQ(write(2 * kPageBytes, page(5)), SQLITE_IOERR_DATA);
  EXPECT_EQ(write(kPageBytes, page(5)), SQLITE_OK);
  (void)control(SQLITE_FCNTL_CKPT_DONE, nullptr);
  EXPECT_EQ(write(2 * kPageBytes, page(5)), SQLITE_OK);
}

TEST_F(MainFileTest, TheFileIsNeitherMappedNorGrownAhead) {
  write_three_pages();
  sqlite3_int64 map_bytes = 1 << 20;
  EXPECT_EQ(control(SQLITE_FCNTL_MMAP_SIZE, &map_bytes), SQLITE_OK);
  EXPECT_EQ(map_bytes, 0);
  EXPECT_EQ(file()->pMethods->iVersion, 2);
  int chunk_bytes = 1 << 20;
  sqlite3_int64 hint_bytes = 1 << 20;
  EXPECT_EQ(control(SQLITE_FCNTL_CHUNK_SIZE, &chunk_bytes), SQLITE_OK);
  EXPECT_EQ(control(SQLITE_FCNTL_SIZE_HINT, &hint_bytes), SQLITE_OK);
  EXPECT_EQ(std::filesystem::file_size(folder_ / "a.db"), 3 * kPageBytes);
  EXPECT_EQ(file()->pMethods->xTruncate(file(), 5000), SQLITE_IOERR_TRUNCATE);
}

}  // namespace
}  // namespace fhirbin::storage
