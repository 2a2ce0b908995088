#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>
#include <utility>

#include "engine/util/bytes.h"
#include "engine/util/try.h"
#include "fhirbin/error.h"

namespace fhirbin {

// Owns an open descriptor. Thread-compatible.
class FileDescriptor {
 public:
  FileDescriptor() noexcept = default;
  explicit FileDescriptor(int value) noexcept : value_(value) {}
  FileDescriptor(FileDescriptor&& other) noexcept : value_(std::exchange(other.value_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    std::swap(value_, other.value_);
    return *this;
  }
  ~FileDescriptor();

  bool is_open() const noexcept { return value_ >= 0; }
  int get() const noexcept { return value_; }

 private:
  int value_ = -1;
};

// The error for `error_number` (an errno) after trying `tried`, e.g. "write export.ndjson".
// A full disk or quota is kNoSpace, everything else kIo.
std::unexpected<Error> os_failure(int error_number, std::string_view tried);

// Makes a file that is its owner's alone (mode 0600), open for reading and writing; never takes one
// that exists. `name` is for messages.
Result<FileDescriptor> create_private_file(const std::filesystem::path& path,
                                           std::string_view name);

// The same, with `path` seen from an open folder.
Result<FileDescriptor> create_private_file_in(const FileDescriptor& folder,
                                              const std::filesystem::path& path,
                                              std::string_view name);

// Reads once into the front of `buffer`; 0 means the end. Goes on after signals, and waits where a
// non-blocking descriptor has nothing yet. `name` is for messages.
Result<std::size_t> read_some(int descriptor, MutableByteSpan buffer, std::string_view name);

// Writes all of `bytes`, however many calls that takes.
Result<void> write_all(int descriptor, ByteSpan bytes, std::string_view name);

// Reads at `offset` until `buffer` is full or the file ends, and returns how many bytes there were.
Result<std::size_t> read_all_at(int descriptor, std::size_t offset, MutableByteSpan buffer,
                                std::string_view name);

Result<void> write_all_at(int descriptor, std::size_t offset, ByteSpan bytes,
                          std::string_view name);

// Returns when the disk holds what was written, or for a folder its names.
Result<void> sync_to_disk(int descriptor, std::string_view name);

// Makes the names in `folder` durable. Errors: kIo, kNoSpace.
Result<void> sync_directory(const std::filesystem::path& folder);

// How many bytes a regular file holds past its position; nullopt for anything else.
std::optional<std::uint64_t> remaining_bytes(int descriptor) noexcept;

}  // namespace fhirbin
