#pragma once

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <string_view>
#include <thread>

#include <gtest/gtest.h>
#include <sqlite3.h>

#include "engine/storage/seal_vfs.h"

// The system's VFS with faults to switch on, and the seals above it.
namespace fhirbin::testing {

struct FaultVfs {
  static constexpr const char* kName = "fhirbin-test-faults";
  static constexpr const char* kSealedName = "fhirbin-test-sealed-faults";

  // The database file of the catalog, its WAL, that of a volume, its journal.
  enum class FileKind : std::uint8_t { kCatalog, kWal, kVolume, kJournal, kOther };

  static inline std::atomic<bool> syncs_fail = false;
  static inline std::atomic<int> sync_errno = 0;          // what the system says of a failed sync
  static inline std::atomic<int> writes_until_full = -1;  // negative: the disk has room
  // Bytes by which files may still grow; negative: no bound. Overwriting and shrinking always work.
  static inline std::atomic<std::int64_t> room_bytes = -1;
  static inline std::atomic<int> sync_count = 0;
  static inline std::atomic<int> read_count = 0;
  static inline std::atomic<int> sync_delay_ms = 0;  // how slow the disk is

  // The `nth` sync from now on of a file of this kind fails, and no other.
  static void fail_sync(FileKind kind, int nth = 1) { countdown_of(kind) = nth; }
  // Whether that sync has come and failed.
  static bool sync_failed(FileKind kind) { return countdown_of(kind) == 0; }

  // Ends every fault.
  static void heal() {
    syncs_fail = false;
    writes_until_full = -1;
    room_bytes = -1;
    sync_delay_ms = 0;
    for (std::atomic<int>& countdown : countdowns) {
      countdown = -1;
    }
  }

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
  // The system's own methods go on working on its own file: only the table of methods is exchanged,
  // for one that depends on the system's table and on the kind of the file.
  struct Methods {
    const sqlite3_io_methods* base;
    FileKind kind;
    sqlite3_io_methods changed;
  };

  static std::atomic<int>& countdown_of(FileKind kind) {
    return countdowns[static_cast<std::size_t>(kind)];
  }

  static FileKind kind_of(const char* name, int flags) {
    if (name == nullptr) {
      return FileKind::kOther;
    }
    if ((flags & SQLITE_OPEN_WAL) != 0) {
      return FileKind::kWal;
    }
    if ((flags & SQLITE_OPEN_MAIN_JOURNAL) != 0) {
      return FileKind::kJournal;
    }
    return std::string_view(name).ends_with("catalog.db") ? FileKind::kCatalog : FileKind::kVolume;
  }

  static int open(sqlite3_vfs* self, const char* name, sqlite3_file* file, int flags, int* out) {
    const int rc = base_open(self, name, file, flags, out);
    if (rc == SQLITE_OK) {
      file->pMethods = changed_methods(file->pMethods, kind_of(name, flags));
    }
    return rc;
  }

  static const sqlite3_io_methods* changed_methods(const sqlite3_io_methods* base, FileKind kind) {
    const std::lock_guard lock(methods_mutex);
    for (const Methods& known : methods) {
      if (known.base == base && known.kind == kind) {
        return &known.changed;
      }
    }
    Methods& added = methods.emplace_back(Methods{base, kind, *base});
    if (methods.size() == 1) {
      base_methods = *base;  // what is called of it is the same for every kind of file
    }
    added.changed.xRead = read;
    added.changed.xWrite = write;
    added.changed.xTruncate = truncate;
    added.changed.xFileControl = control;
    added.changed.xSync = sync_of(kind);
    return &added.changed;
  }

  static std::int64_t size_of(sqlite3_file* file) {
    sqlite3_int64 size = 0;
    return base_methods.xFileSize(file, &size) == SQLITE_OK ? size : 0;
  }

  // Takes what growing to `size` needs from the room that is left.
  static bool may_grow(sqlite3_file* file, std::int64_t size) {
    const std::int64_t growth = size - size_of(file);
    if (room_bytes < 0 || growth <= 0) {
      return true;
    }
    std::int64_t room = room_bytes;
    while (growth <= room) {
      if (room_bytes.compare_exchange_weak(room, room - growth)) {
        return true;
      }
    }
    return false;
  }

  static int read(sqlite3_file* file, void* bytes, int length, sqlite3_int64 offset) {
    ++read_count;
    return base_methods.xRead(file, bytes, length, offset);
  }

  static int write(sqlite3_file* file, const void* bytes, int length, sqlite3_int64 offset) {
    if (writes_until_full == 0 || !may_grow(file, offset + length)) {
      return SQLITE_FULL;
    }
    if (writes_until_full > 0) {
      --writes_until_full;
    }
    return base_methods.xWrite(file, bytes, length, offset);
  }

  static int truncate(sqlite3_file* file, sqlite3_int64 size) {
    const std::int64_t freed = size_of(file) - size;
    const int rc = base_methods.xTruncate(file, size);
    if (rc == SQLITE_OK && freed > 0 && room_bytes >= 0) {
      room_bytes += freed;
    }
    return rc;
  }

  static int control(sqlite3_file* file, int operation, void* argument) {
    if (operation == SQLITE_FCNTL_SIZE_HINT &&
        !may_grow(file, *static_cast<const sqlite3_int64*>(argument))) {
      return SQLITE_FULL;
    }
    return base_methods.xFileControl(file, operation, argument);
  }

  template <FileKind kind>
  static int sync(sqlite3_file* file, int flags) {
    ++sync_count;
    if (sync_delay_ms > 0) {
      std::this_thread::sleep_for(std::chrono::milliseconds(sync_delay_ms));
    }
    std::atomic<int>& countdown = countdown_of(kind);
    const bool fails = countdown > 0 && --countdown == 0;
    if (fails || syncs_fail) {
      errno = sync_errno;
      return SQLITE_IOERR_FSYNC;
    }
    return base_methods.xSync(file, flags);
  }

  static int (*sync_of(FileKind kind))(sqlite3_file*, int) {
    switch (kind) {
      case FileKind::kCatalog:
        return sync<FileKind::kCatalog>;
      case FileKind::kWal:
        return sync<FileKind::kWal>;
      case FileKind::kVolume:
        return sync<FileKind::kVolume>;
      case FileKind::kJournal:
        return sync<FileKind::kJournal>;
      case FileKind::kOther:
        return sync<FileKind::kOther>;
    }
    return sync<FileKind::kOther>;
  }

  static inline sqlite3_vfs vfs;
  static inline int (*base_open)(sqlite3_vfs*, const char*, sqlite3_file*, int, int*) = nullptr;
  static inline sqlite3_io_methods base_methods;
  static inline std::array<std::atomic<int>, 5> countdowns = {-1, -1, -1, -1, -1};
  static inline std::mutex methods_mutex;
  static inline std::list<Methods> methods;
};

}  // namespace fhirbin::testing
