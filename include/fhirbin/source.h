#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "fhirbin/error.h"
#include "fhirbin/export_macro.h"

namespace fhirbin {

// Bytes that the engine pulls, in order and once. Derive from it to feed anything in.
// Thread-compatible; the engine calls it from the thread that made the call only.
class FHIRBIN_API Source {
 public:
  Source() = default;
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;
  virtual ~Source();

  // Fills the front of `buffer` and returns how many bytes it holds; 0 means the end.
  // An error ends the call that pulls, stores nothing and is passed on as it is.
  virtual Result<std::size_t> read(std::span<std::byte> buffer) = 0;

  // The number of bytes still to come where it is known; a hint only, never trusted.
  virtual std::optional<std::uint64_t> size_hint() const { return std::nullopt; }
};

// Reads the file at `path`. A file that cannot be opened is reported by the first read (kNotFound,
// kIo).
FHIRBIN_API std::unique_ptr<Source> file_source(std::filesystem::path path);

// Reads an open descriptor (a pipe, standard input); does not close it.
FHIRBIN_API std::unique_ptr<Source> descriptor_source(int descriptor);

// Reads bytes that the caller keeps alive and unchanged until the Source is gone.
FHIRBIN_API std::unique_ptr<Source> bytes_source(std::span<const std::byte> bytes);

// Reads bytes that it owns.
FHIRBIN_API std::unique_ptr<Source> bytes_source(std::vector<std::byte> bytes);

}  // namespace fhirbin
