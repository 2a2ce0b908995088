#pragma once

#include <cstdint>

#include <sqlite3.h>

#include "engine/util/bytes.h"

namespace fhirbin::storage {

class MainFile;

// An open file of the sealing VFS: forwards every call to the file of the VFS below, and lets the
// kinds of file (main database, WAL, rollback journal) put their checks in between.
// Thread-compatible, as SQLite uses a connection's files under that connection's mutex.
class SealFile {
 public:
  explicit SealFile(sqlite3_file& base) noexcept : base_(base) {}
  SealFile(const SealFile&) = delete;
  SealFile& operator=(const SealFile&) = delete;
  virtual ~SealFile();

  virtual int read(MutableByteSpan target, std::int64_t offset) noexcept;
  // SQLite hands out const pointers to page buffers that it owns and that may be written: see
  // MainFile.
  virtual int write(MutableByteSpan source, std::int64_t offset) noexcept;
  virtual int truncate(std::int64_t size_bytes) noexcept;
  virtual int sync(int flags) noexcept;
  virtual int file_size(std::int64_t& size_bytes) noexcept;
  virtual int lock(int level) noexcept;
  virtual int unlock(int level) noexcept;
  virtual int file_control(int operation, void* argument) noexcept;
  virtual int sector_size() noexcept;
  virtual int device_characteristics() noexcept;
  virtual int shm_lock(int offset, int count, int flags) noexcept;
  virtual MainFile* as_main() noexcept;

  sqlite3_file& base() noexcept { return base_; }

 protected:
  // The file below, unchecked.
  int read_below(MutableByteSpan target, std::int64_t offset) noexcept;
  int write_below(ByteSpan source, std::int64_t offset) noexcept;
  int control_below(int operation, void* argument) noexcept;
  std::int64_t size_below() noexcept;  // 0 when it cannot be told

 private:
  sqlite3_file& base_;
};

// The memory that SQLite sets aside for a file: this, then the file of the VFS below.
struct SealHandle {
  sqlite3_file file;
  SealFile* seal;
};

// What SQLite must allocate per file when the VFS below needs `base_bytes`.
int seal_handle_bytes(int base_bytes) noexcept;

// The file below inside the memory at `file`.
sqlite3_file& base_file_of(sqlite3_file& file) noexcept;

// Makes `file` call `seal`, which it owns from now on. Shared memory is offered only if the base
// does.
void attach_seal(sqlite3_file& file, SealFile* seal) noexcept;

// The main database behind `file`; nullptr when the file is none of ours.
MainFile* main_file_of(sqlite3_file* file) noexcept;

}  // namespace fhirbin::storage
