#include <gtest/gtest.h>

#include "tests/support/result_matchers.h"
#include "tests/support/temporary_store.h"

namespace fhirbin::testing {
namespace {

constexpr std::uint64_t kFrameBytes = 4096 + 24;  // of the log of a catalog with default settings

// SQLite pages that each of many creates writes to the log, on average.
double pages_per_create(std::uint64_t size_bytes) {
  constexpr int kCreates = 200;  // short of a checkpoint, which would empty the log
  TemporaryStore store;
  EXPECT_THAT(put(*store, random_bytes(size_bytes, 0)), is_ok());
  const std::uint64_t before = store->stats()->wal_bytes;
  for (std::uint64_t seed = 1; seed <= kCreates; ++seed) {
    EXPECT_THAT(put(*store, random_bytes(size_bytes, seed)), is_ok());
  }
  const std::uint64_t written = store->stats()->wal_bytes - before;
  return static_cast<double>(written) / kFrameBytes / kCreates;
}

// The Binary, its version and its content, each a tree of its own; page 1 and new leaves where one
// is full. Each further page makes every create slower.
TEST(SmallCreateTest, WritesFewPagesToTheLog) {
  EXPECT_LT(pages_per_create(100), 3.5);
  EXPECT_LT(pages_per_create(4096),
            5.5);  // a page for the content, and page 1, which tells how many there are
}

}  // namespace
}  // namespace fhirbin::testing
