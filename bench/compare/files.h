#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include "bench/compare/plan.h"

namespace fhirbin::compare {

using Bytes = std::vector<std::byte>;
using Path = std::filesystem::path;

// An open descriptor. Every failure throws.
class File {
 public:
  static File open(const Path& path);
  static File create(const Path& path);
  static File open_folder(const Path& path);
  File(File&& other) noexcept;
  File& operator=(File&& other) noexcept;
  ~File();

  // 0 at the end.
  std::size_t read(std::span<std::byte> buffer) const;
  std::size_t read_at(std::uint64_t offset, std::span<std::byte> buffer) const;
  void write(std::span<const std::byte> bytes) const;
  void write_at(std::uint64_t offset, std::span<const std::byte> bytes) const;
  void sync() const;
  int descriptor() const { return descriptor_; }

 private:
  explicit File(int descriptor) : descriptor_(descriptor) {}

  int descriptor_;
};

// Everything that was written to the file system of `folder` reaches the disk before the next
// measurement begins.
void settle(const Path& folder);

// Makes a name in `folder` durable.
void sync_folder(const Path& folder);

// All of a file. Not mapped: page faults would become part of what is measured.
Bytes read_file(const Path& path);

// Calls `take` with each block of the file at `path`, in order.
template <class Take>
void for_each_block(const Path& path, Take&& take) {
  const File file = File::open(path);
  Bytes block(kBlockBytes);
  std::size_t count = 0;
  while ((count = file.read(block)) > 0) {
    take(std::span<const std::byte>(block).first(count));
  }
}

// Says when it is time to sync.
class SyncPace {
 public:
  bool due(std::size_t bytes) {
    unsynced_ += bytes;
    if (unsynced_ < kSyncEveryBytes) {
      return false;
    }
    unsynced_ = 0;
    return true;
  }

 private:
  std::uint64_t unsynced_ = 0;
};

std::uint64_t folder_bytes(const Path& folder);

}  // namespace fhirbin::compare
