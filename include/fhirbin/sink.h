#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "fhirbin/error.h"
#include "fhirbin/export_macro.h"

namespace fhirbin {

// Takes bytes that the engine pushes, in order. Derive from it to send them anywhere.
// Thread-compatible; called from the thread that made the call only, never under an engine lock.
class FHIRBIN_API Sink {
 public:
  Sink() = default;
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;
  virtual ~Sink();

  // Takes all of `bytes`. An error ends the call that pushes and is passed on as it is.
  virtual Result<void> write(std::span<const std::byte> bytes) = 0;

  // Called once after the last byte of a call that succeeded; makes durable what can be.
  virtual Result<void> finish() { return {}; }
};

// Writes a new file of mode 0600 beside `path`, syncs it and renames it to `path` in finish();
// destroyed without finish() it leaves nothing behind.
FHIRBIN_API std::unique_ptr<Sink> file_sink(std::filesystem::path path);

// Writes to an open descriptor (a pipe, standard output); does not close or sync it.
FHIRBIN_API std::unique_ptr<Sink> descriptor_sink(int descriptor);

// Appends to `text`, which must outlive the Sink. For small results: everything stays in memory.
FHIRBIN_API std::unique_ptr<Sink> string_sink(std::string& text);

}  // namespace fhirbin
