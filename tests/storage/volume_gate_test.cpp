#include "engine/storage/volume_gate.h"

#include <sys/mman.h>

#include "tests/storage/filled_volume.h"

namespace fhirbin::storage {
namespace {

using namespace volume_test;
using std::chrono::steady_clock;
using namespace std::chrono_literals;

TEST(VolumeGateTest, AReaderWaitsAtAShutGateAndSaysSo) {
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

TEST(VolumeGateTest, EveryReadBesideACommittingFillerInAThreadIsRightAndComesInItsTurn) {
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

TEST(VolumeGateTest, EveryReadBesideACommittingFillerInAProcessIsRightAndComesInItsTurn) {
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

TEST(VolumeGateTest, ReadersThatOverlapWithoutEndDoNotKeepTheFillerFromCommitting) {
  TestStore store;
  store.context.busy_timeout_ms = 30'000;  // a commit that starves fails
  VolumeWriter writer = fill(store, 1, 20);
  VolumeReader reader(store.context, false);
  std::atomic<bool> stop = false;
  std::vector<std::thread> threads;
  threads.reserve(6);
  for (unsigned seed = 0; seed < 6; ++seed) {
    threads.emplace_back([&, seed] {
      ByteVector bytes(kPage);
      for (unsigned i = seed; !stop; ++i) {  // nothing but reading, so that the gate is never free
        EXPECT_TRUE(reader.read({1, 1 + i % 20, false}, bytes));
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

TEST(VolumeGateTest, AReaderStaysOutWhileTheFillerWaitsForTheGate) {
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

}  // namespace
}  // namespace fhirbin::storage
