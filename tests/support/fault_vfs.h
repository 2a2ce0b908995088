#pragma once

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <list>
#include <mutex>
#include <string>
#include <thread>

#include <gtest/gtest.h>
#include <sqlite3.h>

#include "engine/storage/seal_vfs.h"

// The system's VFS with faults to switch on, and the seals above it.
namespace fhirbin::testing {

struct FaultVfs {
  static constexpr const char* kName = "fhirbin-test-faults";
  static constexpr const char* kSealedName = "fhirbin-test-sealed-faults";

  static inline std::atomic<bool> syncs_fail = false;
  static inline std::atomic<int> sync_errno = 0;          // what the system says of a failed sync
  static inline std::atomic<int> writes_until_full = -1;  // negative: the disk has room
  static inline std::atomic<int> sync_count = 0;
  static inline std::atomic<int> sync_delay_ms = 0;  // how slow the disk is

  static void install() {
    if (sqlite3_vfs_find(kName) != nullptr) {
      return;
    }
    vfs = *sqlite3_vfs_find(nullptr);
    base_open = vfs.xOpen;
    vfs.zName = kName;
    vfs.pNext = nullptr;
    vfs.xOpen = open;
    ASSERT_EQ(sqlite3_vfs_register(&vfs, 0), SQLITE_OK);
    // NOLINTNEXTLINE(readability-suspicious-call-argument)
    ASSERT_TRUE(storage::register_seal_vfs_as(kSealedName, kName));
  }

 private:
  struct Methods {
    const sqlite3_io_methods* base;
    sqlite3_io_methods changed;
  };

  static int open(sqlite3_vfs* self, const char* name, sqlite3_file* file, int flags, int* out) {
    const int rc = base_open(self, name, file, flags, out);
    if (rc == SQLITE_OK) {
      const std::lock_guard lock(methods_mutex);
      for (const Methods& known : methods) {
        if (known.base == file->pMethods) {
          file->pMethods = &known.changed;
          return rc;
        }
      }
      Methods& added = methods.emplace_back(Methods{file->pMethods, *file->pMethods});
      base_write = added.base->xWrite;  // the same for every kind of file
      base_sync = added.base->xSync;
      added.changed.xWrite = write;
      added.changed.xSync = sync;
      file->pMethods = &added.changed;
    }
    return rc;
  }

  static int write(sqlite3_file* file, const void* bytes, int length, sqlite3_int64 offset) {
    if (writes_until_full == 0) {
      return SQLITE_FULL;
    }
    if (writes_until_full > 0) {
      --writes_until_full;
    }
    return base_write(file, bytes, length, offset);
  }

  static int sync(sqlite3_file* file, int flags) {
    ++sync_count;
    if (sync_delay_ms > 0) {
      std::this_thread::sleep_for(std::chrono::milliseconds(sync_delay_ms));
    }
    if (syncs_fail) {
      errno = sync_errno;
      return SQLITE_IOERR_FSYNC;
    }
    return base_sync(file, flags);
  }

  static inline sqlite3_vfs vfs;
  static inline int (*base_open)(sqlite3_vfs*, const char*, sqlite3_file*, int, int*) = nullptr;
  static inline int (*base_write)(sqlite3_file*, const void*, int, sqlite3_int64) = nullptr;
  static inline int (*base_sync)(sqlite3_file*, int) = nullptr;
  static inline std::mutex methods_mutex;
  static inline std::list<Methods> methods;
};

}  // namespace fhirbin::testing
