#pragma once

#include <condition_variable>
#include <mutex>

// A std::mutex that clang's thread-safety analysis can follow; g++ ignores the annotations.
#if defined(__clang__)
#define FHIRBIN_THREAD_ANNOTATION(x) __attribute__((x))
#else
#define FHIRBIN_THREAD_ANNOTATION(x)
#endif
#define FHIRBIN_CAPABILITY(x) FHIRBIN_THREAD_ANNOTATION(capability(x))
#define FHIRBIN_SCOPED_CAPABILITY FHIRBIN_THREAD_ANNOTATION(scoped_lockable)
#define FHIRBIN_GUARDED_BY(x) FHIRBIN_THREAD_ANNOTATION(guarded_by(x))
#define FHIRBIN_REQUIRES(...) FHIRBIN_THREAD_ANNOTATION(requires_capability(__VA_ARGS__))
#define FHIRBIN_ACQUIRE(...) FHIRBIN_THREAD_ANNOTATION(acquire_capability(__VA_ARGS__))
#define FHIRBIN_RELEASE(...) FHIRBIN_THREAD_ANNOTATION(release_capability(__VA_ARGS__))
#define FHIRBIN_EXCLUDES(...) FHIRBIN_THREAD_ANNOTATION(locks_excluded(__VA_ARGS__))

namespace fhirbin {

class FHIRBIN_CAPABILITY("mutex") Mutex {
 public:
  void lock() FHIRBIN_ACQUIRE() { mutex_.lock(); }
  void unlock() FHIRBIN_RELEASE() { mutex_.unlock(); }

 private:
  friend class MutexLock;
  std::mutex mutex_;
};

// Holds a Mutex for a scope, and lets a condition variable give it up while waiting.
class FHIRBIN_SCOPED_CAPABILITY MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) FHIRBIN_ACQUIRE(mutex) : lock_(mutex.mutex_) {}
  ~MutexLock() FHIRBIN_RELEASE() = default;
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

  // Gives the mutex up before the scope ends, and takes it again.
  void unlock() FHIRBIN_RELEASE() { lock_.unlock(); }
  void lock() FHIRBIN_ACQUIRE() { lock_.lock(); }

  // Waits for a notification; wakes for no reason too, so callers loop over their condition.
  void wait(std::condition_variable& condition) { condition.wait(lock_); }

 private:
  std::unique_lock<std::mutex> lock_;
};

}  // namespace fhirbin
