#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include <sqlite3.h>

#include "engine/util/bytes.h"

namespace fhirbin::storage {

// Writes to a file that come one after another in small pieces, handed down together: a system call
// for each would cost more than the copy. An error may so be told late, by the call that hands
// down: so only for files that SQLite syncs before anybody can rely on what was written, as the WAL
// in a commit. A checkpoint counts before it syncs. Thread-compatible.
class GatheredWrites {
 public:
  explicit GatheredWrites(sqlite3_file& file) noexcept : file_(file) {}

  // Gathers `source`, after handing down what it does not follow. SQLite's result codes.
  int write(ByteSpan source, std::int64_t offset) noexcept;

  // Writes what was gathered; what cannot be written is dropped, or it would overwrite others'
  // bytes later.
  int hand_down() noexcept;

 private:
  int write_below(ByteSpan source, std::int64_t offset) noexcept;

  sqlite3_file& file_;
  std::unique_ptr<std::byte[]> bytes_;  // NOLINT(modernize-avoid-c-arrays): sized at run time
  std::size_t size_bytes_ = 0;
  std::int64_t offset_ = 0;
};

}  // namespace fhirbin::storage
