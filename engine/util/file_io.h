#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

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

// Reads once into the front of `buffer`; 0 means the end. Goes on after signals, and waits where a
// non-blocking descriptor has nothing yet. `name` is for messages.
Result<std::size_t> read_some(int descriptor, MutableByteSpan buffer, std::string_view name);

// Writes all of `bytes`, however many calls that takes.
Result<void> write_all(int descriptor, ByteSpan bytes, std::string_view name);

// Returns when the disk holds what was written, or for a folder its names.
Result<void> sync_to_disk(int descriptor, std::string_view name);

// How many bytes a regular file holds past its position; nullopt for anything else.
std::optional<std::uint64_t> remaining_bytes(int descriptor) noexcept;

}  // namespace fhirbin
