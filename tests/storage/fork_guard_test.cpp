#include "engine/storage/fork_guard.h"

#include <cerrno>
#include <utility>

#include <fcntl.h>

#include "tests/storage/volume_fixture.h"

namespace fhirbin::storage {
namespace {

using namespace volume_test;

bool is_open_here(int descriptor) { return ::fcntl(descriptor, F_GETFD) >= 0; }

TEST(ForkGuardTest, OnlyTheChildsCopyIsLeftBehind) {
  const ForkGuard guard;
  const ForkGuard copy = guard;
  Child child([&] {
    const ForkGuard own;
    const bool told = guard.left_behind() && copy.left_behind() && !own.left_behind() &&
                      own.check() && code_of(guard.check()) == ErrorCode::kInvalidArgument;
    return told ? 0 : 1;
  });
  EXPECT_EQ(child.wait(), 0);
  EXPECT_FALSE(guard.left_behind());
  EXPECT_TRUE(guard.check());
}

TEST(ForkGuardTest, AChildKeepsNoCopyOfAGuardedDescriptorAndClosesNobodyElses) {
  auto guarded = std::make_unique<ForkGuardedDescriptor>("/dev/null", O_RDONLY);
  ASSERT_TRUE(guarded->is_open());
  const int number = guarded->get();
  Child child([&] {
    if (is_open_here(number) || !guarded->guard().left_behind()) {
      return 1;
    }
    const int reused = ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, number);
    guarded.reset();
    return reused == number && is_open_here(reused) ? 0 : 2;
  });
  EXPECT_EQ(child.wait(), 0);
  EXPECT_TRUE(is_open_here(number));
  guarded.reset();
  EXPECT_FALSE(is_open_here(number));
}

TEST(ForkGuardTest, ADescriptorMovesAndIsClosedOnce) {
  ForkGuardedDescriptor first("/dev/null", O_RDONLY);
  const int first_number = first.get();
  ForkGuardedDescriptor second(std::move(first));
  EXPECT_EQ(second.get(), first_number);
  second = ForkGuardedDescriptor("/dev/null", O_RDONLY);
  EXPECT_FALSE(is_open_here(first_number));
  EXPECT_TRUE(is_open_here(second.get()));
  EXPECT_EQ(::fcntl(second.get(), F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
}

TEST(ForkGuardTest, AFailedOpenSaysWhy) {
  const ForkGuardedDescriptor missing("/nonexistent/file", O_RDONLY);
  const int error = errno;
  EXPECT_FALSE(missing.is_open());
  EXPECT_EQ(error, ENOENT);
}

}  // namespace
}  // namespace fhirbin::storage
