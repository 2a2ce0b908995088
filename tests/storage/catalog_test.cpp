#include "engine/storage/catalog.h"

#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include "tests/storage/catalog_fixture.h"
#include "tests/storage/volume_fixture.h"

namespace fhirbin::storage {
namespace {

using catalog_test::CatalogFolder;
using catalog_test::code_of;
using catalog_test::note_change;
using volume_test::Child;

Result<std::uint64_t> last_sequence(Catalog& catalog) {
  return catalog.read(
      [](Connection& connection) { return ChangeTable(connection).last_sequence(); });
}

Result<void> change(Catalog& catalog) {
  return catalog.write([](Connection& connection) { return note_change(connection); });
}

TEST(CatalogTest, TheWalHasItsReserveFromTheOpeningUntilTheLastStoreCloses) {
  const CatalogFolder folder;
  const auto first = folder.open();
  EXPECT_EQ(folder.wal_file_bytes(), kWalReserveBytes);
  const auto second = folder.open();
  ASSERT_TRUE(change(*first));
  ASSERT_TRUE(change(*second));
  ASSERT_TRUE(first->close());
  EXPECT_EQ(folder.wal_file_bytes(), kWalReserveBytes) << "the second may need it";
  ASSERT_TRUE(change(*second));
  ASSERT_TRUE(second->close());
  EXPECT_EQ(folder.wal_file_bytes(), 0U);
  EXPECT_EQ(last_sequence(*folder.open()).value(), 3U);
}

TEST(CatalogTest, OfManyThatCloseAtOnceOneIsTheLast) {
  const CatalogFolder folder;
  for (int round = 0; round < 10; ++round) {
    std::vector<std::unique_ptr<Catalog>> catalogs;
    for (int i = 0; i < 4; ++i) {
      catalogs.push_back(folder.open());
    }
    ASSERT_TRUE(change(*catalogs.front()));
    std::vector<std::thread> threads;
    for (const auto& catalog : catalogs) {
      threads.emplace_back([&] { EXPECT_TRUE(catalog->close()); });
    }
    for (std::thread& thread : threads) {
      thread.join();
    }
    EXPECT_EQ(folder.wal_file_bytes(), 0U);
  }
}

TEST(CatalogTest, RecoveryWaitsForTheWriterByte) {
  const CatalogFolder folder;
  LockFile other = folder.open_lock();
  ASSERT_TRUE(other.try_lock(LockByte::catalog_writer(), LockKind::kExclusive).value());
  EXPECT_EQ(code_of(Catalog::open(folder.paths, {.busy_timeout_ms = 20})), ErrorCode::kBusy);
}

TEST(CatalogTest, OnlyTheOneWriterWrites) {
  const CatalogFolder folder;
  const auto catalog = folder.open();
  EXPECT_EQ(code_of(catalog->read([](Connection& connection) { return note_change(connection); })),
            ErrorCode::kReadOnly);
  EXPECT_EQ(last_sequence(*catalog).value(), 0U);
}

// Locks and bytes behind descriptors that a program of the host inherits would outlive the store.
TEST(CatalogTest, NoDescriptorOfTheStoreOutlivesExec) {
  const CatalogFolder folder;
  const auto catalog = folder.open();
  ASSERT_TRUE(change(*catalog));
  ASSERT_TRUE(last_sequence(*catalog));
  VolumeContext context;
  context.paths = folder.paths;
  context.store_id = catalog_test::settings().store_id;
  auto writer = VolumeWriter::take(context, 1, true);
  ASSERT_TRUE(writer && *writer);
  ASSERT_TRUE((*writer)->append(volume_test::page_bytes(1, 1000)));
  ASSERT_TRUE((*writer)->commit());
  VolumeReader reader(context, false);
  ByteVector bytes(1000);
  ASSERT_TRUE(reader.read({1, 1, false}, bytes));
  int ours = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code gone;
    const auto target = std::filesystem::read_symlink(entry.path(), gone);
    if (!gone && target.string().starts_with(folder.folder.path().string())) {
      ++ours;
      const int flags = ::fcntl(std::stoi(entry.path().filename()), F_GETFD);
      EXPECT_NE(flags & FD_CLOEXEC, 0) << target.filename();
    }
  }
  EXPECT_GE(ours, 6);
}

// Runs `body` where the store lies on a medium that cannot be written; false without the right to.
void on_a_read_only_medium(const std::filesystem::path& folder, const std::function<int()>& body) {
  constexpr int kSkipped = 99;
  Child child([&] {
    if (::unshare(CLONE_NEWNS) != 0 ||
        ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount(folder.c_str(), folder.c_str(), nullptr, MS_BIND, nullptr) != 0 ||
        ::mount("none", folder.c_str(), nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY, nullptr) != 0) {
      return kSkipped;
    }
    return body();
  });
  const int status = child.wait();
  if (status == kSkipped) {
    GTEST_SKIP() << "no right to mount a file system read-only";
  }
  EXPECT_EQ(status, 0);
}

TEST(CatalogTest, ACleanStoreIsReadOnAMediumThatCannotBeWritten) {
  const CatalogFolder folder;
  {
    const auto catalog = folder.open();
    ASSERT_TRUE(change(*catalog));
    ASSERT_TRUE(catalog->close());
  }
  // As a copy of the three parts of a store has it: SQLite would have to make both of them.
  std::filesystem::remove(folder.paths.catalog().string() + "-wal");
  std::filesystem::remove(folder.paths.catalog().string() + "-shm");
  on_a_read_only_medium(folder.paths.folder, [&] {
    const auto reader = Catalog::open(folder.paths, {.read_only = true});
    if (!reader) {
      return 1;
    }
    if (code_of(change(**reader)) != ErrorCode::kReadOnly) {
      return 2;
    }
    if (code_of(Catalog::open(folder.paths, {})) != ErrorCode::kReadOnly) {
      return 3;  // what tells a caller to open it for reading
    }
    return last_sequence(**reader).value() == 1 ? 0 : 4;
  });
}

TEST(CatalogTest, AStoreThatNeedsRecoveryIsNotReadThereInItsOlderState) {
  const CatalogFolder folder;
  {
    Child child([&] {
      const auto catalog = folder.open();
      return change(*catalog) ? (::_exit(0), 0) : 1;  // without closing, as a crash would
    });
    ASSERT_EQ(child.wait(), 0);
  }
  std::filesystem::remove(folder.paths.catalog().string() + "-shm");
  on_a_read_only_medium(folder.paths.folder, [&] {
    const auto reader = Catalog::open(folder.paths, {.read_only = true});
    if (code_of(reader) != ErrorCode::kReadOnly) {
      return 1;
    }
    return reader.error().message.find("needs recovery") != std::string::npos ? 0 : 2;
  });
}

}  // namespace
}  // namespace fhirbin::storage
