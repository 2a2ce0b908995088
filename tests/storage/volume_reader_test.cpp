#include "engine/storage/volume_reader.h"

#include <algorithm>
#include <memory>

#include <sys/mman.h>

#include "tests/storage/volume_fixture.h"
#include "tests/support/file_text.h"

namespace fhirbin::storage {
namespace {

using testing::file_text;
using testing::write_file;

using namespace volume_test;
using std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr std::uint32_t kPage = 60'000;

// A volume with pages 1 to `count`, whose bytes follow from their ids.
VolumeWriter fill(const TestStore& store, std::uint32_t number, std::uint64_t count) {
  VolumeWriter writer = store.take(number);
  for (std::uint64_t id = 1; id <= count; ++id) {
    EXPECT_EQ(writer.append(page_bytes(id, kPage)).value(), id);
  }
  EXPECT_TRUE(writer.commit());
  return writer;
}

void fill_and_seal(const TestStore& store, std::uint32_t number, std::uint64_t count) {
  VolumeWriter writer = fill(store, number, count);
  EXPECT_TRUE(writer.seal());
}

// What went wrong with reading page `page`, ErrorCode{} when its bytes are right.
ErrorCode read_page(VolumeReader& reader, const PagePlace& place) {
  ByteVector bytes;
  const auto done = reader.read(place, kPage, bytes);
  EXPECT_TRUE(!done || bytes == page_bytes(place.page, kPage)) << "wrong bytes";
  return code_of(done);
}

TEST(VolumeReaderTest, PagesOfSealedAndOfFillingVolumesAreRead) {
  const TestStore store;
  fill_and_seal(store, 1, 5);
  const VolumeWriter filling = fill(store, 2, 5);
  for (const bool read_only : {false, true}) {
    VolumeReader reader(store.context, read_only);
    for (std::uint64_t page = 1; page <= 5; ++page) {
      EXPECT_EQ(read_page(reader, {1, page, true}), ErrorCode{});
      EXPECT_EQ(read_page(reader, {1, page, false}), ErrorCode{})
          << "sealed since it was looked up";
      EXPECT_EQ(read_page(reader, {2, page, false}), ErrorCode{});
    }
  }
}

TEST(VolumeReaderTest, APageMustBeThereWithTheLengthThatIsListed) {
  const TestStore store;
  fill_and_seal(store, 1, 2);
  const VolumeWriter filling = fill(store, 2, 2);
  VolumeReader reader(store.context, false);
  ByteVector bytes;
  for (const std::uint32_t volume : {1U, 2U}) {
    const bool sealed = volume == 1;
    for (const std::uint32_t length : {0U, kPage - 1, kPage + 1}) {
      EXPECT_EQ(code_of(reader.read({volume, 1, sealed}, length, bytes)), ErrorCode::kCorrupt);
    }
    EXPECT_EQ(code_of(reader.read({volume, 3, sealed}, kPage, bytes)), ErrorCode::kCorrupt);
    EXPECT_EQ(read_page(reader, {volume, 2, sealed}), ErrorCode{});
  }
}

TEST(VolumeReaderTest, UncommittedPagesAreNotSeen) {
  const TestStore store;
  VolumeWriter writer = fill(store, 1, 2);
  ASSERT_TRUE(writer.append(page_bytes(3, kPage)));
  VolumeReader reader(store.context, false);
  EXPECT_EQ(read_page(reader, {1, 3, false}), ErrorCode::kCorrupt);
  ASSERT_TRUE(writer.commit());
  EXPECT_EQ(read_page(reader, {1, 3, false}), ErrorCode{}) << "the pooled connection is stale";
}

TEST(VolumeReaderTest, AVolumeWhoseFileIsMissingIsGone) {
  const TestStore store;
  VolumeReader reader(store.context, false);
  EXPECT_EQ(read_page(reader, {1, 1, true}), ErrorCode::kGone);
  EXPECT_EQ(read_page(reader, {1, 1, false}), ErrorCode::kGone);
  EXPECT_EQ(code_of(reader.check_integrity(1, true)), ErrorCode::kGone);
  EXPECT_TRUE(contents(store.context).empty()) << "a reader made the file";
}

TEST(VolumeReaderTest, ASealedVolumeStaysReadableWhileUnlinkedUntilItIsForgotten) {
  const TestStore store;
  fill_and_seal(store, 1, 5);
  VolumeReader reader(store.context, false);
  EXPECT_EQ(read_page(reader, {1, 1, true}), ErrorCode{});
  std::filesystem::remove(store.context.paths.volume(1));
  for (std::uint64_t page = 1; page <= 5; ++page) {
    EXPECT_EQ(read_page(reader, {1, page, true}), ErrorCode{});
  }
  reader.forget(1);
  EXPECT_EQ(read_page(reader, {1, 1, true}), ErrorCode::kGone);
}

// Whether this process has a deleted file open.
bool holds_deleted_files() {
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code error;
    const auto target = std::filesystem::read_symlink(entry.path(), error);
    if (target.string().ends_with(".db (deleted)")) {
      return true;
    }
  }
  return false;
}

TEST(VolumeReaderTest, ADroppedVolumeIsLetGoWithinSecondsIdleOrInConstantUse) {
  const TestStore store;
  fill_and_seal(store, 1, 1);
  fill_and_seal(store, 2, 1);
  fill_and_seal(store, 3, 1);
  VolumeReader reader(store.context, false);
  EXPECT_EQ(read_page(reader, {1, 1, true}), ErrorCode{});
  EXPECT_EQ(read_page(reader, {2, 1, true}), ErrorCode{});
  std::filesystem::remove(store.context.paths.volume(1));
  std::filesystem::remove(store.context.paths.volume(2));
  EXPECT_TRUE(holds_deleted_files());
  const auto begin = steady_clock::now();
  while (read_page(reader, {1, 1, true}) == ErrorCode{}) {
    ASSERT_LT(steady_clock::now() - begin, 20s);
    std::this_thread::sleep_for(50ms);
  }
  EXPECT_GE(steady_clock::now() - begin, 4s);
  while (holds_deleted_files()) {
    ASSERT_LT(steady_clock::now() - begin, 20s);
    std::this_thread::sleep_for(50ms);
    EXPECT_EQ(read_page(reader, {3, 1, true}), ErrorCode{});  // any use lets go of idle ones
  }
}

TEST(VolumeReaderTest, AHotJournalRollsBackUnlessNothingMayBeWritten) {
  const TestStore store;
  fill(store, 1, 3);
  leave_hot_journal(store.context, 1);
  const auto before = contents(store.context);
  VolumeReader read_only(store.context, true);
  for (int i = 0; i < 2; ++i) {
    ByteVector bytes;
    const auto refused = read_only.read({1, 1, false}, kPage, bytes);
    ASSERT_EQ(code_of(refused), ErrorCode::kReadOnly);
    EXPECT_NE(refused.error().message.find("needs recovery"), std::string::npos);
  }
  EXPECT_EQ(code_of(read_only.check_integrity(1, false)), ErrorCode::kReadOnly);
  EXPECT_TRUE(contents(store.context) == before) << "a read-only reader wrote";

  VolumeReader reader(store.context, false);
  for (std::uint64_t page = 1; page <= 3; ++page) {
    EXPECT_EQ(read_page(reader, {1, page, false}), ErrorCode{});
  }
  EXPECT_EQ(read_page(reader, {1, 4, false}), ErrorCode::kCorrupt) << "never committed";
  EXPECT_EQ(read_page(read_only, {1, 1, false}), ErrorCode{}) << "recovered by the other reader";
}

TEST(VolumeReaderTest, AReaderWaitsAtAShutGateAndSaysSo) {
  TestStore store;
  store.context.busy_timeout_ms = 60;
  const VolumeWriter writer = fill(store, 1, 1);
  LockFile filler = store.open_lock();
  ASSERT_TRUE(filler.try_lock(LockByte::gate(1), LockKind::kExclusive).value());
  VolumeReader impatient(store.context, false);
  const auto begin = steady_clock::now();
  EXPECT_EQ(read_page(impatient, {1, 1, false}), ErrorCode::kBusy);
  EXPECT_GE(steady_clock::now() - begin, 60ms);
  EXPECT_LT(steady_clock::now() - begin, 5s);
  EXPECT_FALSE(filler.held_elsewhere(LockByte::waiters(1)).value());

  store.context.busy_timeout_ms = 60'000;
  VolumeReader patient(store.context, false);
  std::thread waiting([&] { EXPECT_EQ(read_page(patient, {1, 1, false}), ErrorCode{}); });
  const auto deadline = steady_clock::now() + 20s;
  while (!filler.held_elsewhere(LockByte::waiters(1)).value() && steady_clock::now() < deadline) {
    std::this_thread::sleep_for(1ms);
  }
  EXPECT_TRUE(filler.held_elsewhere(LockByte::waiters(1)).value()) << "the filler cannot yield";
  filler.unlock(LockByte::gate(1));
  waiting.join();
  EXPECT_FALSE(filler.held_elsewhere(LockByte::waiters(1)).value());
  EXPECT_FALSE(filler.held_elsewhere(LockByte::gate(1)).value());
}

TEST(VolumeReaderTest, SealedVolumesAreReadWithoutAnyLock) {
  TestStore store;
  store.context.busy_timeout_ms = 20;
  fill_and_seal(store, 1, 1);
  LockFile other = store.open_lock();
  ASSERT_TRUE(other.try_lock(LockByte::gate(1), LockKind::kExclusive).value());
  VolumeReader reader(store.context, false);
  EXPECT_EQ(read_page(reader, {1, 1, true}), ErrorCode{});
  EXPECT_EQ(reader.check_integrity(1, true).value(), "");
}

constexpr std::uint64_t kPagesPerCommit = 4;
constexpr std::uint64_t kEnough = 50;  // reads, and commits

// What a filler and the readers beside it tell each other.
struct Shared {
  std::atomic<std::uint64_t> committed = 0;
  std::atomic<bool> stop = false;
};

// Small commits without a pause: the worst neighbour for readers.
int fill_until_stopped(const TestStore& store, Shared& shared) {
  VolumeWriter writer = store.take();
  std::uint64_t id = 0;
  while (!shared.stop) {
    for (std::uint64_t i = 0; i < kPagesPerCommit; ++i) {
      if (!writer.append(page_bytes(++id, kPage))) {
        return 1;
      }
    }
    if (!writer.commit()) {
      return 2;
    }
    shared.committed = id;
  }
  return 0;
}

struct Observed {
  std::uint64_t reads = 0;
  std::uint64_t commits = 0;  // while they went on
};

// Reads committed pages, old and new, until both sides have done enough to be compared. Counts
// instead of clocks: a busy machine slows down both.
Observed read_beside(VolumeReader& reader, const Shared& shared) {
  Observed observed;
  const auto give_up = steady_clock::now() + 60s;
  while ((observed.reads < kEnough || observed.commits < kEnough) &&
         steady_clock::now() < give_up) {
    const std::uint64_t committed = shared.committed;
    observed.commits = committed / kPagesPerCommit;
    if (committed == 0) {
      std::this_thread::sleep_for(1ms);
      continue;
    }
    const std::uint64_t page = observed.reads % 2 == 0 ? committed : 1 + observed.reads % committed;
    EXPECT_EQ(read_page(reader, {1, page, false}), ErrorCode{});
    ++observed.reads;
  }
  return observed;
}

void expect_fair(const Observed& observed) {
  EXPECT_GE(observed.reads, kEnough);
  EXPECT_GE(observed.commits, kEnough) << "the filler starves";
  // Without the gate a reader beside a busy filler gets one read for hundreds of commits.
  EXPECT_GE(observed.reads * 20, observed.commits) << "readers starve";
  ::testing::Test::RecordProperty("reads", std::to_string(observed.reads));
  ::testing::Test::RecordProperty("commits", std::to_string(observed.commits));
}

TEST(VolumeReaderTest, EveryReadBesideACommittingFillerInAThreadIsRightAndComesInItsTurn) {
  const TestStore store;
  Shared shared;
  std::thread filler([&] { EXPECT_EQ(fill_until_stopped(store, shared), 0); });
  VolumeReader reader(store.context, false);
  Observed second;
  std::thread reading([&] { second = read_beside(reader, shared); });
  const Observed first = read_beside(reader, shared);
  reading.join();
  shared.stop = true;
  filler.join();
  expect_fair(first);
  expect_fair(second);
}

TEST(VolumeReaderTest, EveryReadBesideACommittingFillerInAProcessIsRightAndComesInItsTurn) {
  for (const bool read_only : {false, true}) {
    SCOPED_TRACE(read_only);
    const TestStore store;
    void* const memory =
        ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ASSERT_NE(memory, MAP_FAILED);
    auto* const shared = new (memory) Shared;
    Child filler([&] { return fill_until_stopped(store, *shared); });
    VolumeReader reader(store.context, read_only);
    const Observed observed = read_beside(reader, *shared);
    shared->stop = true;
    EXPECT_EQ(filler.wait(), 0);
    expect_fair(observed);
    ::munmap(memory, sizeof(Shared));
  }
}

TEST(VolumeReaderTest, ReadersThatOverlapWithoutEndDoNotKeepTheFillerFromCommitting) {
  TestStore store;
  store.context.busy_timeout_ms = 30'000;  // a commit that starves fails
  VolumeWriter writer = fill(store, 1, 20);
  VolumeReader reader(store.context, false);
  std::atomic<bool> stop = false;
  std::vector<std::thread> threads;
  threads.reserve(6);
  for (unsigned seed = 0; seed < 6; ++seed) {
    threads.emplace_back([&, seed] {
      ByteVector bytes;
      for (unsigned i = seed; !stop; ++i) {  // nothing but reading, so that the gate is never free
        EXPECT_TRUE(reader.read({1, 1 + i % 20, false}, kPage, bytes));
      }
    });
  }
  std::this_thread::sleep_for(50ms);
  for (std::uint64_t id = 21; id <= 26; ++id) {
    ASSERT_EQ(writer.append(page_bytes(id, kPage)).value(), id);
    EXPECT_EQ(code_of(writer.commit()), ErrorCode{});
  }
  stop = true;
  for (std::thread& thread : threads) {
    thread.join();
  }
}

TEST(VolumeReaderTest, AReaderStaysOutWhileTheFillerWaitsForTheGate) {
  TestStore store;
  store.context.busy_timeout_ms = 30;
  const VolumeWriter writer = fill(store, 1, 1);
  LockFile filler = store.open_lock();
  ASSERT_TRUE(filler.try_lock(LockByte::closing(1), LockKind::kExclusive).value());
  VolumeReader reader(store.context, false);
  EXPECT_EQ(read_page(reader, {1, 1, false}), ErrorCode::kBusy);
  filler.unlock(LockByte::closing(1));
  EXPECT_EQ(read_page(reader, {1, 1, false}), ErrorCode{});
}

// The journal of a live filler looks hot for a moment to who may not write; only a dead one's is.
TEST(VolumeReaderTest, AReadOnlyReaderCallsAJournalHotOnlyWhenNobodyFillsTheVolume) {
  TestStore store;
  fill(store, 1, 1);
  leave_hot_journal(store.context, 1);
  LockFile filler = store.open_lock();
  ASSERT_TRUE(filler.try_lock(LockByte::filler(1), LockKind::kExclusive).value());
  store.context.busy_timeout_ms = 60'000;
  VolumeReader reader(store.context, true);
  std::thread reading([&] { EXPECT_EQ(read_page(reader, {1, 1, false}), ErrorCode{}); });
  std::this_thread::sleep_for(50ms);
  VolumeReader writing_reader(store.context, false);
  EXPECT_EQ(read_page(writing_reader, {1, 1, false}), ErrorCode{}) << "rolls back";
  reading.join();
}

TEST(VolumeReaderTest, ManyThreadsShareOneReader) {
  const TestStore store;
  fill_and_seal(store, 1, 20);
  fill_and_seal(store, 2, 20);
  const VolumeWriter filling = fill(store, 3, 20);
  VolumeReader reader(store.context, false);
  std::vector<std::thread> threads;
  threads.reserve(6);
  for (unsigned seed = 0; seed < 6; ++seed) {
    threads.emplace_back([&, seed] {
      for (unsigned i = seed; i < seed + 60; ++i) {
        const std::uint32_t volume = 1 + i % 3;
        EXPECT_EQ(read_page(reader, {volume, 1 + i % 20, volume != 3}), ErrorCode{});
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
}

TEST(VolumeReaderTest, IdleConnectionsStayFewHoweverManyVolumesAreRead) {
  const TestStore store;
  VolumeReader reader(store.context, false);
  for (std::uint32_t number = 1; number <= 24; ++number) {
    fill_and_seal(store, number, 1);
    EXPECT_EQ(read_page(reader, {number, 1, true}), ErrorCode{});
  }
  std::size_t open = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code error;
    open += std::filesystem::read_symlink(entry.path(), error).extension() == ".db" ? 1U : 0U;
  }
  EXPECT_LE(open, 16U);
  EXPECT_GE(open, 8U) << "nothing is pooled";
  for (std::uint32_t number = 1; number <= 24; ++number) {
    EXPECT_EQ(read_page(reader, {number, 1, true}), ErrorCode{});
  }
}

TEST(VolumeReaderTest, DamageIsFoundByReadingAndByTheIntegrityCheck) {
  const TestStore store;
  fill_and_seal(store, 1, 10);
  const VolumeWriter filling = fill(store, 2, 10);
  std::string bytes = file_text(store.context.paths.volume(1));
  bytes[bytes.size() / 2] ^= 1;
  write_file(store.context.paths.volume(1), bytes);
  VolumeReader reader(store.context, false);
  int corrupt = 0;
  for (std::uint64_t page = 1; page <= 10; ++page) {
    corrupt += read_page(reader, {1, page, true}) == ErrorCode::kCorrupt ? 1 : 0;
  }
  EXPECT_GE(corrupt, 1);
  EXPECT_LE(corrupt, 2);
  const std::string damage = reader.check_integrity(1, true).value();
  EXPECT_NE(damage, "");
  EXPECT_EQ(damage.find('\n'), std::string::npos);
  EXPECT_EQ(reader.check_integrity(2, false).value(), "");
  EXPECT_NE(reader.check_integrity(2, true).value(), "")
      << "the books say sealed, the file does not";
}

TEST(VolumeReaderTest, AChildOfForkIsRefused) {
  const TestStore store;
  fill_and_seal(store, 1, 1);
  const VolumeWriter filling = fill(store, 2, 1);
  auto reader = std::make_unique<VolumeReader>(store.context, false);
  EXPECT_EQ(read_page(*reader, {1, 1, true}), ErrorCode{});
  EXPECT_EQ(read_page(*reader, {2, 1, false}), ErrorCode{});
  Child child([&] {
    const bool refused = read_page(*reader, {1, 1, true}) == ErrorCode::kInvalidArgument &&
                         read_page(*reader, {2, 1, false}) == ErrorCode::kInvalidArgument &&
                         code_of(reader->check_integrity(1, true)) == ErrorCode::kInvalidArgument;
    reader->forget(1);
    reader.reset();
    return refused ? 0 : 1;
  });
  EXPECT_EQ(child.wait(), 0);
  EXPECT_EQ(read_page(*reader, {2, 1, false}), ErrorCode{});
}

}  // namespace
}  // namespace fhirbin::storage
