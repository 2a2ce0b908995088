#pragma once

#include <atomic>
#include <csignal>
#include <cstdarg>
#include <filesystem>
#include <functional>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

// The system calls by which the engine and SQLite change files. The definitions below stand in
// front of the C library's in every program that includes this header, so that a test can end the
// process before any one of them, or see their order.
namespace fhirbin::testing {

struct SystemCalls {
  enum class Points : std::uint8_t {
    kSteps,   // syncs, cuts, removals and renames: what orders one step after another
    kWrites,  // each write to a file
  };

  // Ends this process, as a kill would, before its `nth` call of that kind from now on.
  static void die_before(Points points, int nth) {
    counted = points;
    until_death = nth;
  }
  // How many of them there were since die_before(), in this process.
  static int count_of(Points points) { return points == Points::kSteps ? steps : writes; }

  // The calls that `work` makes on files below `folder`, each as "write catalog.db-wal"; repeats in
  // a row are told once.
  static std::vector<std::string> trace(const std::filesystem::path& folder,
                                        const std::function<void()>& work) {
    {
      const std::lock_guard lock(mutex);
      traced = folder.string();
      calls.clear();
    }
    work();
    const std::lock_guard lock(mutex);
    traced.clear();
    return std::exchange(calls, {});
  }

  // Called, by whoever asks for one, before it is told of a lock of the `lock` file.
  static inline std::function<void()> before_lock_query;

  static void before_step(const char* verb, const std::string& path) {
    ++steps;
    note(verb, path);
    pass(Points::kSteps);
  }
  static void before_write(const std::string& path) {
    ++writes;
    note("write", path);
    pass(Points::kWrites);
  }

  static std::string path_of(int descriptor) {
    std::error_code error;
    return std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(descriptor), error);
  }

  // The C library's own function, or a sanitizer's in front of it.
  template <class Function>
  static Function* next(const char* name, Function*) {
    return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
  }

 private:
  static void pass(Points points) {
    if (points == counted && until_death > 0 && --until_death == 0) {
      ::kill(::getpid(), SIGKILL);
      while (true) {
        ::pause();
      }
    }
  }

  static void note(const char* verb, const std::string& path) {
    const std::lock_guard lock(mutex);
    if (traced.empty() || !path.starts_with(traced)) {
      return;
    }
    const std::string below = path.substr(traced.size());
    const std::string call =
        std::string(verb) + " " + (below.starts_with('/') ? below.substr(1) : "." + below);
    if (calls.empty() || calls.back() != call) {
      calls.push_back(call);
    }
  }

  static inline std::atomic<Points> counted = Points::kSteps;
  static inline std::atomic<int> until_death = 0;
  static inline std::atomic<int> steps = 0;
  static inline std::atomic<int> writes = 0;
  static inline std::mutex mutex;
  static inline std::string traced;
  static inline std::vector<std::string> calls;
};

}  // namespace fhirbin::testing

#define FHIRBIN_INTERPOSED extern "C" __attribute__((used, visibility("default"))) inline

FHIRBIN_INTERPOSED int fsync(int descriptor) {
  using fhirbin::testing::SystemCalls;
  SystemCalls::before_step("sync", SystemCalls::path_of(descriptor));
  static auto* const call = SystemCalls::next("fsync", &fsync);
  return call(descriptor);
}

FHIRBIN_INTERPOSED int fdatasync(int descriptor) {
  using fhirbin::testing::SystemCalls;
  SystemCalls::before_step("sync", SystemCalls::path_of(descriptor));
  static auto* const call = SystemCalls::next("fdatasync", &fdatasync);
  return call(descriptor);
}

FHIRBIN_INTERPOSED int ftruncate64(int descriptor, off64_t size) noexcept {
  using fhirbin::testing::SystemCalls;
  SystemCalls::before_step("cut", SystemCalls::path_of(descriptor));
  static auto* const call = SystemCalls::next("ftruncate64", &ftruncate64);
  return call(descriptor, size);
}

FHIRBIN_INTERPOSED int unlink(const char* path) noexcept {
  using fhirbin::testing::SystemCalls;
  SystemCalls::before_step("remove", path);
  static auto* const call = SystemCalls::next("unlink", &unlink);
  return call(path);
}

FHIRBIN_INTERPOSED int remove(const char* path) noexcept {
  using fhirbin::testing::SystemCalls;
  SystemCalls::before_step("remove", path);
  static auto* const call = SystemCalls::next("remove", static_cast<int (*)(const char*)>(&remove));
  return call(path);
}

FHIRBIN_INTERPOSED int renameat2(int from_folder, const char* from, int to_folder, const char* to,
                                 unsigned flags) noexcept {
  using fhirbin::testing::SystemCalls;
  SystemCalls::before_step("rename", from);
  static auto* const call = SystemCalls::next("renameat2", &renameat2);
  return call(from_folder, from, to_folder, to, flags);
}

FHIRBIN_INTERPOSED ssize_t pwrite(int descriptor, const void* bytes, size_t length, off_t offset) {
  using fhirbin::testing::SystemCalls;
  SystemCalls::before_write(SystemCalls::path_of(descriptor));
  static auto* const call = SystemCalls::next("pwrite", &pwrite);
  return call(descriptor, bytes, length, offset);
}

FHIRBIN_INTERPOSED ssize_t pwrite64(int descriptor, const void* bytes, size_t length,
                                    off64_t offset) {
  using fhirbin::testing::SystemCalls;
  SystemCalls::before_write(SystemCalls::path_of(descriptor));
  static auto* const call = SystemCalls::next("pwrite64", &pwrite64);
  return call(descriptor, bytes, length, offset);
}

FHIRBIN_INTERPOSED int fcntl(int descriptor, int command, ...) {
  using fhirbin::testing::SystemCalls;
  std::va_list arguments;
  va_start(arguments, command);
  void* const argument = va_arg(arguments, void*);  // what every command takes fits in there
  va_end(arguments);
  if (command == F_OFD_GETLK && SystemCalls::before_lock_query) {
    SystemCalls::before_lock_query();
  }
  static auto* const call = SystemCalls::next("fcntl", &fcntl);
  return call(descriptor, command, argument);
}
