#include <atomic>
#include <chrono>
#include <new>
#include <stdexcept>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "engine/storage/catalog.h"
#include "engine/storage/change_table.h"
#include "engine/storage/held_lock.h"
#include "engine/storage/pin_table.h"
#include "tests/support/fault_vfs.h"
#include "tests/support/result_matchers.h"
#include "tests/support/temporary_store.h"

namespace fhirbin::storage {
namespace {

using testing::FaultVfs;
using testing::is_error;
using testing::is_ok;

class GroupCommitFaultTest : public ::testing::Test {
 protected:
  void SetUp() override {
    FaultVfs::install();
    store_.close();
    catalog_ = open(5000);
  }
  void TearDown() override {
    FaultVfs::sync_delay_ms = 0;
    FaultVfs::sync_errno = 0;
    FaultVfs::syncs_fail = false;
    catalog_.reset();
  }

  std::unique_ptr<Catalog> open(std::uint32_t busy_timeout_ms) {
    return Catalog::open({store_.path()},
                         {.busy_timeout_ms = busy_timeout_ms, .vfs = FaultVfs::kSealedName})
        .value();
  }
  Catalog& catalog() { return *catalog_; }

  // A change that shows in count().
  static Result<void> insert_pin(Connection& connection) {
    FHIRBIN_TRY(PinTable(connection).insert(40'000));
    return {};
  }
  std::uint64_t count() {
    return catalog()
        .read([](Connection& connection) { return PinTable(connection).count_of_owner(40'000); })
        .value();
  }

  // Runs all works in one group: they gather while another call sits in its slow sync.
  std::vector<Result<void>> run_together(const std::vector<CatalogWork>& works) {
    std::vector<Result<void>> answers(works.size());
    std::atomic<bool> leading = false;
    FaultVfs::sync_delay_ms = 200;
    {
      std::vector<std::jthread> threads;
      threads.emplace_back([&] {
        EXPECT_THAT(catalog().write([&](Connection& connection) {
          leading = true;
          return insert_pin(connection);
        }),
                    is_ok());
      });
      while (!leading) {
        std::this_thread::yield();
      }
      for (std::size_t i = 0; i < works.size(); ++i) {
        threads.emplace_back([&, i] { answers[i] = catalog().write(works[i]); });
      }
    }
    FaultVfs::sync_delay_ms = 0;
    return answers;
  }

 private:
  testing::TemporaryStore store_;
  std::unique_ptr<Catalog> catalog_;
};

// SQLite rolls the whole transaction back when a read inside it meets a damaged page.
TEST_F(GroupCommitFaultTest, ACheckThatEndsTheTransactionHarmsNobodyElse) {
  const CatalogWork good{.check = {}, .apply = insert_pin};
  const CatalogWork bad{.check = [](Connection& connection) -> Result<void> {
                          FHIRBIN_TRY(connection.execute("ROLLBACK"));
                          return fail(ErrorCode::kCorrupt, "a page is damaged");
                        },
                        .apply = insert_pin};
  const auto answers = run_together({good, bad, good, good});
  EXPECT_THAT(answers[0], is_ok());
  EXPECT_THAT(answers[1], is_error(ErrorCode::kCorrupt));
  EXPECT_THAT(answers[2], is_ok());
  EXPECT_THAT(answers[3], is_ok());
  EXPECT_EQ(count(), 4U);
  EXPECT_THAT(catalog().write(insert_pin), is_ok());
}

TEST_F(GroupCommitFaultTest, WorkThatRunsOutOfMemoryHarmsNobodyElse) {
  const CatalogWork good{.check = {}, .apply = insert_pin};
  const CatalogWork hungry{.check = {}, .apply = [](Connection& connection) -> Result<void> {
                             FHIRBIN_TRY(insert_pin(connection));
                             throw std::bad_alloc();
                           }};
  const auto answers = run_together({good, hungry, good});
  EXPECT_THAT(answers[0], is_ok());
  EXPECT_THAT(answers[1], is_error(ErrorCode::kOutOfMemory));
  EXPECT_THAT(answers[2], is_ok());
  EXPECT_EQ(count(), 3U);
  EXPECT_THAT(catalog().write(insert_pin), is_ok());
}

TEST_F(GroupCommitFaultTest, ACrowdWaitsForABusyCatalogOnceAndNotOneByOne) {
  constexpr int kCrowd = 30;
  constexpr std::uint32_t kTimeoutMs = 300;
  const auto impatient = open(kTimeoutMs);
  LockFile other = impatient->open_lock().value();
  const auto held =
      HeldLock::take(other, LockByte::catalog_writer(), LockKind::kExclusive, 1000).value();
  std::atomic<int> busy = 0;
  const auto start = std::chrono::steady_clock::now();
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kCrowd; ++i) {
      threads.emplace_back([&] {
        const auto answer = impatient->write(insert_pin);
        busy += !answer && answer.error().code == ErrorCode::kBusy ? 1 : 0;
      });
    }
  }
  EXPECT_EQ(busy, kCrowd);
  const auto took = std::chrono::steady_clock::now() - start;
  EXPECT_LT(took, std::chrono::milliseconds(kTimeoutMs * kCrowd / 2));
}

// Some file systems find out only in fsync that the disk is full; what was written may be lost or
// not.
TEST_F(GroupCommitFaultTest, AFullDiskThatShowsInTheSyncIsIndeterminate) {
  FaultVfs::syncs_fail = true;
  FaultVfs::sync_errno = ENOSPC;
  EXPECT_THAT(catalog().write(insert_pin), is_error(ErrorCode::kIndeterminate));
  FaultVfs::syncs_fail = false;
  EXPECT_THAT(catalog().write(insert_pin), is_error(ErrorCode::kIndeterminate));
}

TEST_F(GroupCommitFaultTest, ACheckpointWhoseSyncFailsEndsWriting) {
  EXPECT_THAT(catalog().write(insert_pin), is_ok());
  FaultVfs::syncs_fail = true;
  FaultVfs::sync_errno = ENOSPC;
  EXPECT_FALSE(catalog().close());
  FaultVfs::syncs_fail = false;
  EXPECT_THAT(catalog().write(insert_pin), is_error(ErrorCode::kIndeterminate));
}

}  // namespace
}  // namespace fhirbin::storage
