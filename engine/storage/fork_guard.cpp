#include "engine/storage/fork_guard.h"

#include <atomic>
#include <cerrno>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include "engine/util/mutex.h"
#include "engine/util/try.h"

namespace fhirbin::storage {
namespace {

// Every guarded descriptor of this process, so that a child of fork() can close its copies:
// an open-file-description lock lives until the last copy is closed. The mutex is held across
// fork(), so no descriptor is ever open without being listed.
class DescriptorRegistry {
 public:
  static DescriptorRegistry& instance() {
    // Never destroyed: fork handlers may run after static destructors.
    static auto& registry = *new DescriptorRegistry;  // NOLINT(cppcoreguidelines-owning-memory)
    return registry;
  }

  int open(const char* path, int flags) {
    const MutexLock lock(mutex_);
    descriptors_.reserve(descriptors_.size() + 1);
    const int descriptor = ::open(path, flags | O_CLOEXEC);
    const int error = errno;
    if (descriptor >= 0) {
      descriptors_.push_back(descriptor);
    }
    errno = error;
    return descriptor;
  }

  void close(int descriptor) noexcept {
    const MutexLock lock(mutex_);
    std::erase(descriptors_, descriptor);
    ::close(descriptor);
  }

  std::uint64_t generation() const noexcept { return generation_.load(std::memory_order_relaxed); }

 private:
  DescriptorRegistry() { pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child); }

  static void before_fork() FHIRBIN_THREAD_ANNOTATION(no_thread_safety_analysis) {
    instance().mutex_.lock();
  }
  static void after_fork_in_parent() FHIRBIN_THREAD_ANNOTATION(no_thread_safety_analysis) {
    instance().mutex_.unlock();
  }
  static void after_fork_in_child() FHIRBIN_THREAD_ANNOTATION(no_thread_safety_analysis) {
    DescriptorRegistry& registry = instance();
    for (const int descriptor : registry.descriptors_) {
      ::close(descriptor);
    }
    registry.descriptors_.clear();
    registry.generation_.fetch_add(1, std::memory_order_relaxed);
    registry.mutex_.unlock();
  }

  Mutex mutex_;
  std::vector<int> descriptors_ FHIRBIN_GUARDED_BY(mutex_);
  std::atomic<std::uint64_t> generation_ = 0;
};

// How many forks lie between the first process that asked and this one.
std::uint64_t fork_generation() noexcept { return DescriptorRegistry::instance().generation(); }

}  // namespace

ForkGuard::ForkGuard() noexcept : generation_(fork_generation()) {}

bool ForkGuard::left_behind() const noexcept { return generation_ != fork_generation(); }

Result<void> ForkGuard::check() const {
  if (left_behind()) {
    return fail(ErrorCode::kInvalidArgument,
                "a store opened before fork() belongs to the parent; open it again in the child");
  }
  return {};
}

ForkGuardedDescriptor::ForkGuardedDescriptor(const char* path, int flags)
    : value_(DescriptorRegistry::instance().open(path, flags)) {}

ForkGuardedDescriptor::ForkGuardedDescriptor(ForkGuardedDescriptor&& other) noexcept
    : value_(std::exchange(other.value_, -1)), guard_(other.guard_) {}

ForkGuardedDescriptor& ForkGuardedDescriptor::operator=(ForkGuardedDescriptor&& other) noexcept {
  if (this != &other) {
    close();
    value_ = std::exchange(other.value_, -1);
    guard_ = other.guard_;
  }
  return *this;
}

ForkGuardedDescriptor::~ForkGuardedDescriptor() { close(); }

void ForkGuardedDescriptor::close() noexcept {
  // In a child of fork() the number may by now belong to another file: the handler closed ours.
  if (is_open() && !guard_.left_behind()) {
    DescriptorRegistry::instance().close(value_);
  }
  value_ = -1;
}

}  // namespace fhirbin::storage
