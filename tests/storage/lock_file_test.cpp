#include "engine/storage/lock_file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "tests/storage/volume_fixture.h"
#include "tests/support/file_text.h"

namespace fhirbin::storage {
namespace {

using testing::file_text;
using testing::write_file;

using namespace volume_test;
using std::chrono::steady_clock;

constexpr LockByte kByte = LockByte::catalog_writer();

bool locks(LockFile& file, LockKind kind) { return file.try_lock(kByte, kind).value(); }

TEST(LockFileTest, CreateMakesAPrivateFileThatKnowsItsStore) {
  const TestStore store;
  struct stat status{};
  ASSERT_EQ(::stat(store.context.paths.lock().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  EXPECT_EQ(status.st_size, 128);
  EXPECT_EQ(store.open_lock().store_id(), store.context.store_id);
  EXPECT_FALSE(store.open_lock().read_watermark().value().has_value());
  EXPECT_EQ(code_of(LockFile::create(store.context.paths.lock(), store_id(1))), ErrorCode::kIo);
  EXPECT_EQ(store.open_lock().store_id(), store.context.store_id) << "create() replaced a file";
}

TEST(LockFileTest, OnlyTheLockFileOfAStoreOpens) {
  const TestStore store;
  const std::string whole = file_text(store.context.paths.lock());
  std::string damaged_id = whole;
  damaged_id[20] ^= 1;
  std::string damaged_magic = whole;
  damaged_magic[0] ^= 1;
  const struct {
    const char* name;
    std::string bytes;
  } cases[] = {{"empty", ""},
               {"cut", whole.substr(0, 127)},
               {"damaged magic", damaged_magic},
               {"damaged store id", damaged_id}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    write_file(store.folder / "other", c.bytes);
    EXPECT_EQ(code_of(LockFile::open(store.folder / "other", false)),
              ErrorCode::kIncompatibleFormat);
  }
  EXPECT_EQ(code_of(LockFile::open(store.folder / "absent", false)), ErrorCode::kNotFound);
  ASSERT_EQ(::mkfifo((store.folder / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(code_of(LockFile::open(store.folder / "pipe", true)), ErrorCode::kIncompatibleFormat);
}

TEST(LockFileTest, LocksOfTwoObjectsInOneProcessConflictAsTheirKindsSay) {
  const TestStore store;
  const struct {
    LockKind first;
    LockKind second;
    bool both;
  } cases[] = {{LockKind::kShared, LockKind::kShared, true},
               {LockKind::kShared, LockKind::kExclusive, false},
               {LockKind::kExclusive, LockKind::kShared, false},
               {LockKind::kExclusive, LockKind::kExclusive, false}};
  for (const auto& c : cases) {
    LockFile a = store.open_lock();
    LockFile b = store.open_lock();
    EXPECT_FALSE(b.held_elsewhere(kByte).value());
    ASSERT_TRUE(locks(a, c.first));
    EXPECT_FALSE(a.held_elsewhere(kByte).value()) << "a lock of one's own is not elsewhere";
    EXPECT_TRUE(b.held_elsewhere(kByte).value());
    EXPECT_EQ(locks(b, c.second), c.both);
    EXPECT_TRUE(b.try_lock(LockByte::collector(), c.second).value()) << "another byte is free";
    b.unlock(kByte);
    a.unlock(kByte);
    EXPECT_TRUE(locks(b, c.second));
  }
}

TEST(LockFileTest, ALockIsReplacedByTheNewKind) {
  const TestStore store;
  LockFile a = store.open_lock();
  LockFile b = store.open_lock();
  ASSERT_TRUE(locks(a, LockKind::kExclusive));
  ASSERT_TRUE(locks(a, LockKind::kShared));
  EXPECT_TRUE(locks(b, LockKind::kShared));
  EXPECT_FALSE(locks(a, LockKind::kExclusive));
}

TEST(LockFileTest, AReadOnlyFileHoldsSharedLocksOnly) {
  const TestStore store;
  LockFile file = LockFile::open(store.context.paths.lock(), true).value();
  EXPECT_TRUE(locks(file, LockKind::kShared));
  EXPECT_EQ(code_of(file.try_lock(kByte, LockKind::kExclusive)), ErrorCode::kReadOnly);
  EXPECT_EQ(code_of(file.write_watermark(1)), ErrorCode::kReadOnly);
  EXPECT_TRUE(store.open_lock().held_elsewhere(kByte).value());
}

TEST(LockFileTest, WaitingEndsWithTheLockOrWithTheTimeout) {
  const TestStore store;
  LockFile a = store.open_lock();
  LockFile b = store.open_lock();
  ASSERT_TRUE(locks(a, LockKind::kExclusive));
  const auto begin = steady_clock::now();
  EXPECT_EQ(code_of(b.lock(kByte, LockKind::kShared, 60)), ErrorCode::kBusy);
  EXPECT_GE(steady_clock::now() - begin, std::chrono::milliseconds(60));
  std::thread releaser([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    a.unlock(kByte);
  });
  EXPECT_TRUE(b.lock(kByte, LockKind::kShared, 60'000));
  releaser.join();
}

TEST(LockFileTest, MovingKeepsTheLockAndReplacingDropsTheOldOne) {
  const TestStore store;
  const LockFile watcher = store.open_lock();
  LockFile a = store.open_lock();
  ASSERT_TRUE(locks(a, LockKind::kExclusive));
  LockFile b = std::move(a);
  EXPECT_TRUE(watcher.held_elsewhere(kByte).value());
  b = store.open_lock();
  EXPECT_FALSE(watcher.held_elsewhere(kByte).value());
}

// POSIX locks (F_SETLK) fail this: they go when any descriptor of the file closes.
TEST(LockFileTest, ALockSurvivesTheClosingOfAnotherDescriptorOfTheFile) {
  const TestStore store;
  LockFile holder = store.open_lock();
  ASSERT_TRUE(locks(holder, LockKind::kExclusive));
  {
    const LockFile another = store.open_lock();
  }
  ::close(::open(store.context.paths.lock().c_str(), O_RDWR | O_CLOEXEC));
  Child child([&] {
    LockFile other = store.open_lock();
    return other.try_lock(kByte, LockKind::kShared).value() ? 1 : 0;
  });
  EXPECT_EQ(child.wait(), 0);
}

TEST(LockFileTest, LocksOfAProcessThatIsKilledVanish) {
  const TestStore store;
  const Signal ready;
  Child child([&] {
    LockFile file = store.open_lock();
    if (file.try_lock(kByte, LockKind::kExclusive).value()) {
      ready.tell();
    }
    return sleep_for_ever();
  });
  ready.wait();
  LockFile mine = store.open_lock();
  EXPECT_FALSE(locks(mine, LockKind::kShared));
  child.kill();
  EXPECT_TRUE(mine.lock(kByte, LockKind::kExclusive, 5'000));
}

TEST(LockFileTest, AChildOfForkIsRefusedAndKeepsNoLockOfItsParentAlive) {
  const TestStore store;
  std::optional<LockFile> parents = store.open_lock();
  ASSERT_TRUE(locks(*parents, LockKind::kExclusive));
  const Signal checked;
  const Signal closed;
  Child child([&] {
    const bool refused =
        code_of(parents->try_lock(kByte, LockKind::kShared)) == ErrorCode::kInvalidArgument &&
        code_of(parents->held_elsewhere(kByte)) == ErrorCode::kInvalidArgument &&
        code_of(parents->read_watermark()) == ErrorCode::kInvalidArgument &&
        code_of(parents->write_watermark(1)) == ErrorCode::kInvalidArgument;
    parents->unlock(kByte);
    const LockFile own = store.open_lock();
    const bool still_held = own.held_elsewhere(kByte).value();
    parents.reset();
    const bool after_destruction = own.held_elsewhere(kByte).value();
    checked.tell();
    closed.wait();
    return refused && still_held && after_destruction ? 0 : 1;
  });
  checked.wait();
  parents.reset();
  LockFile next = store.open_lock();
  EXPECT_TRUE(locks(next, LockKind::kExclusive)) << "the child keeps the lock alive";
  closed.tell();
  EXPECT_EQ(child.wait(), 0);
}

TEST(LockFileTest, TheWatermarkReadsBackUntilItIsDamaged) {
  const TestStore store;
  LockFile file = store.open_lock();
  for (const std::uint64_t sequence : {std::uint64_t{1}, std::uint64_t{77}, ~std::uint64_t{0}}) {
    ASSERT_TRUE(file.write_watermark(sequence));
    EXPECT_EQ(store.open_lock().read_watermark().value(), sequence);
  }
  const std::string whole = file_text(store.context.paths.lock());
  ASSERT_EQ(whole.size(), 128U);
  for (std::size_t at = 64; at < 88; ++at) {
    std::string damaged = whole;
    damaged[at] ^= 4;
    write_file(store.context.paths.lock(), damaged);
    EXPECT_EQ(store.open_lock().read_watermark().value(), std::nullopt) << "byte " << at;
  }
}

}  // namespace
}  // namespace fhirbin::storage
