#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "fhirbin/error.h"
#include "fhirbin/export_macro.h"
#include "fhirbin/version_info.h"

namespace fhirbin {

// The decoded bytes of one Binary version, readable at any offset and in order.
//
// The version is fixed: writes and deletes made after open_reader() do not change what is read.
// After a purge it reads on correctly or fails with kGone; never other bytes. Holds no lock and no
// transaction between calls. Keeps the store's files open while alive; the Store may go first.
// Thread-compatible: one thread at a time per Reader; different Readers are independent.
// Source: FHIR R4 Binary (hl7.org/fhir/R4/binary.html) and vread (hl7.org/fhir/R4/http.html#vread).
class FHIRBIN_API Reader {
 public:
  class Impl;
  explicit Reader(std::unique_ptr<Impl> impl) noexcept;
  Reader(Reader&&) noexcept;
  Reader& operator=(Reader&&) noexcept;
  ~Reader();

  // The version being read. Valid while the Reader lives.
  const VersionInfo& info() const noexcept;

  // Length of the decoded content, in bytes. Fixed for the life of the Reader.
  std::uint64_t size_bytes() const noexcept;

  // Copies content starting at byte `offset` into `out` and returns how many bytes were copied:
  // out.size(), or less only where the content ends, so 0 means at or past the end.
  // Every byte copied has been verified; after an error `out` holds unspecified bytes.
  // Errors: kCorrupt when a chunk is missing or fails its hash, kGone when purged meanwhile, kIo,
  // kBusy.
  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> out) noexcept;

  // Copies the next bytes in order into `out`; the first call starts at byte 0. Otherwise as
  // read_at().
  Result<std::size_t> read(std::span<std::byte> out) noexcept;

  // Lends the content from byte `offset` to the end of the piece that it is stored in, without a
  // copy: 1 byte to 2 MiB; empty at or past the end of the content. The Reader owns the bytes; they
  // are valid until its next read_at(), read(), view_at() or next(), or its end. Verified, and
  // errors, as in read_at().
  Result<std::span<const std::byte>> view_at(std::uint64_t offset) noexcept;

  // Lends the next bytes in order. read() and next() move the same position, read_at() and
  // view_at() do not; an error leaves it where it was. Otherwise as view_at(); empty at the end.
  Result<std::span<const std::byte>> next() noexcept;

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace fhirbin
