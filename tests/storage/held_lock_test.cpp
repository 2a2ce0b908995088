#include "engine/storage/held_lock.h"

#include "tests/storage/volume_fixture.h"

namespace fhirbin::storage {
namespace {

using namespace volume_test;

constexpr LockByte kByte = LockByte::catalog_writer();

TEST(HeldLockTest, AHeldLockGoesWithItsScope) {
  const TestStore store;
  LockFile a = store.open_lock();
  const LockFile b = store.open_lock();
  {
    HeldLock held = HeldLock::take(a, kByte, LockKind::kExclusive, 0).value();
    const HeldLock moved = std::move(held);
    EXPECT_TRUE(b.held_elsewhere(kByte).value());
  }
  EXPECT_FALSE(b.held_elsewhere(kByte).value());
}

TEST(HeldLockTest, AByteThatStaysTakenIsBusyAndLeftAlone) {
  const TestStore store;
  LockFile a = store.open_lock();
  LockFile b = store.open_lock();
  const HeldLock held = HeldLock::take(a, kByte, LockKind::kShared, 0).value();
  EXPECT_EQ(code_of(HeldLock::take(b, kByte, LockKind::kExclusive, 0)), ErrorCode::kBusy);
  EXPECT_TRUE(b.held_elsewhere(kByte).value()) << "a lock that was never taken was given up";
}

}  // namespace
}  // namespace fhirbin::storage
