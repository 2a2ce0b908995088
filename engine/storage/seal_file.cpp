#include "engine/storage/seal_file.h"

#include <cstddef>

namespace fhirbin::storage {
namespace {

constexpr std::size_t kBaseOffset =
    (sizeof(SealHandle) + alignof(std::max_align_t) - 1) & ~(alignof(std::max_align_t) - 1);

SealFile& seal_of(sqlite3_file* file) noexcept {
  return *reinterpret_cast<SealHandle*>(file)->seal;
}

sqlite3_file* below(sqlite3_file* file) noexcept { return &base_file_of(*file); }

int close_file(sqlite3_file* file) noexcept {
  SealFile* const seal = &seal_of(file);
  sqlite3_file* const base = below(file);
  delete seal;
  return base->pMethods->xClose(base);
}

int read_file(sqlite3_file* file, void* target, int length, sqlite3_int64 offset) noexcept {
  return seal_of(file).read({static_cast<std::byte*>(target), static_cast<std::size_t>(length)},
                            offset);
}

int write_file(sqlite3_file* file, const void* source, int length, sqlite3_int64 offset) noexcept {
  auto* const bytes = static_cast<std::byte*>(const_cast<void*>(source));
  return seal_of(file).write({bytes, static_cast<std::size_t>(length)}, offset);
}

int truncate_file(sqlite3_file* file, sqlite3_int64 size) noexcept {
  return seal_of(file).truncate(size);
}

int sync_file(sqlite3_file* file, int flags) noexcept { return seal_of(file).sync(flags); }

int file_size_of(sqlite3_file* file, sqlite3_int64* size) noexcept {
  std::int64_t size_bytes = 0;
  const int rc = seal_of(file).file_size(size_bytes);
  *size = size_bytes;
  return rc;
}

int lock_file(sqlite3_file* file, int level) noexcept { return seal_of(file).lock(level); }

int unlock_file(sqlite3_file* file, int level) noexcept { return seal_of(file).unlock(level); }

int check_reserved_lock(sqlite3_file* file, int* answer) noexcept {
  return below(file)->pMethods->xCheckReservedLock(below(file), answer);
}

int control_file(sqlite3_file* file, int operation, void* argument) noexcept {
  return seal_of(file).file_control(operation, argument);
}

int sector_size_of(sqlite3_file* file) noexcept { return seal_of(file).sector_size(); }

int characteristics_of(sqlite3_file* file) noexcept {
  return seal_of(file).device_characteristics();
}

int map_shared_memory(sqlite3_file* file, int region, int size, int extend,
                      void volatile** memory) noexcept {
  return below(file)->pMethods->xShmMap(below(file), region, size, extend, memory);
}

int lock_shared_memory(sqlite3_file* file, int offset, int count, int flags) noexcept {
  return seal_of(file).shm_lock(offset, count, flags);
}

void order_shared_memory(sqlite3_file* file) noexcept {
  below(file)->pMethods->xShmBarrier(below(file));
}

int unmap_shared_memory(sqlite3_file* file, int delete_it) noexcept {
  return below(file)->pMethods->xShmUnmap(below(file), delete_it);
}

// Never version 3: SQLite would then map the file and read pages past the seals.
constexpr sqlite3_io_methods make_methods(int version) noexcept {
  sqlite3_io_methods methods{};
  methods.iVersion = version;
  methods.xClose = close_file;
  methods.xRead = read_file;
  methods.xWrite = write_file;
  methods.xTruncate = truncate_file;
  methods.xSync = sync_file;
  methods.xFileSize = file_size_of;
  methods.xLock = lock_file;
  methods.xUnlock = unlock_file;
  methods.xCheckReservedLock = check_reserved_lock;
  methods.xFileControl = control_file;
  methods.xSectorSize = sector_size_of;
  methods.xDeviceCharacteristics = characteristics_of;
  if (version >= 2) {
    methods.xShmMap = map_shared_memory;
    methods.xShmLock = lock_shared_memory;
    methods.xShmBarrier = order_shared_memory;
    methods.xShmUnmap = unmap_shared_memory;
  }
  return methods;
}

constexpr sqlite3_io_methods kPlainMethods = make_methods(1);
constexpr sqlite3_io_methods kSharedMemoryMethods = make_methods(2);

}  // namespace

SealFile::~SealFile() = default;

int SealFile::read(MutableByteSpan target, std::int64_t offset) noexcept {
  return read_below(target, offset);
}

int SealFile::write(MutableByteSpan source, std::int64_t offset) noexcept {
  return write_below(source, offset);
}

int SealFile::truncate(std::int64_t size_bytes) noexcept {
  return base_.pMethods->xTruncate(&base_, size_bytes);
}

int SealFile::sync(int flags) noexcept { return base_.pMethods->xSync(&base_, flags); }

int SealFile::file_size(std::int64_t& size_bytes) noexcept {
  sqlite3_int64 size = 0;
  const int rc = base_.pMethods->xFileSize(&base_, &size);
  size_bytes = size;
  return rc;
}

int SealFile::lock(int level) noexcept { return base_.pMethods->xLock(&base_, level); }

int SealFile::unlock(int level) noexcept { return base_.pMethods->xUnlock(&base_, level); }

int SealFile::file_control(int operation, void* argument) noexcept {
  return control_below(operation, argument);
}

int SealFile::sector_size() noexcept { return base_.pMethods->xSectorSize(&base_); }

int SealFile::device_characteristics() noexcept {
  return base_.pMethods->xDeviceCharacteristics(&base_);
}

int SealFile::shm_lock(int offset, int count, int flags) noexcept {
  return base_.pMethods->xShmLock(&base_, offset, count, flags);
}

MainFile* SealFile::as_main() noexcept { return nullptr; }

int SealFile::read_below(MutableByteSpan target, std::int64_t offset) noexcept {
  return base_.pMethods->xRead(&base_, target.data(), static_cast<int>(target.size()), offset);
}

int SealFile::write_below(ByteSpan source, std::int64_t offset) noexcept {
  return base_.pMethods->xWrite(&base_, source.data(), static_cast<int>(source.size()), offset);
}

int SealFile::control_below(int operation, void* argument) noexcept {
  return base_.pMethods->xFileControl(&base_, operation, argument);
}

std::int64_t SealFile::size_below() noexcept {
  sqlite3_int64 size = 0;
  return base_.pMethods->xFileSize(&base_, &size) == SQLITE_OK ? size : 0;
}

int seal_handle_bytes(int base_bytes) noexcept {
  return static_cast<int>(kBaseOffset) + base_bytes;
}

sqlite3_file& base_file_of(sqlite3_file& file) noexcept {
  return *reinterpret_cast<sqlite3_file*>(reinterpret_cast<std::byte*>(&file) + kBaseOffset);
}

void attach_seal(sqlite3_file& file, SealFile* seal) noexcept {
  const bool shared_memory = seal->base().pMethods->iVersion >= 2;
  reinterpret_cast<SealHandle*>(&file)->seal = seal;
  file.pMethods = shared_memory ? &kSharedMemoryMethods : &kPlainMethods;
}

MainFile* main_file_of(sqlite3_file* file) noexcept {
  if (file == nullptr ||
      (file->pMethods != &kPlainMethods && file->pMethods != &kSharedMemoryMethods)) {
    return nullptr;
  }
  return seal_of(file).as_main();
}

}  // namespace fhirbin::storage
