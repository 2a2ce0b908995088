#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "fhirbin/error.h"
#include "fhirbin/export_macro.h"
#include "fhirbin/version_info.h"

namespace fhirbin {

// Takes the bytes of one new version, pushed piece by piece. Nothing is visible until commit();
// a Writer destroyed without it leaves no trace. The Store must outlive it.
// Memory stays bounded whatever the size. Thread-compatible: one thread at a time.
class FHIRBIN_API Writer {
 public:
  class Impl;
  explicit Writer(std::unique_ptr<Impl> impl) noexcept;
  Writer(Writer&&) noexcept;
  Writer& operator=(Writer&&) noexcept;
  ~Writer();

  // Takes the next bytes of the body. After an error the Writer is spent: every later call fails
  // alike. Errors: kTooLarge past max_ingest_bytes, kInvalidResource for a FHIR JSON body that
  // cannot become valid, kNoSpace, kIo, kBusy, kCorrupt.
  Result<void> write(std::span<const std::byte> bytes) noexcept;

  // Ends the body and makes the version exist, durably: after a success it survives power loss.
  // Errors: those of write(), kVersionConflict, kMethodNotAllowed, kBusinessRule, kIndeterminate.
  Result<VersionInfo> commit() noexcept;

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace fhirbin
