#pragma once

#include <optional>
#include <string_view>

#include "engine/codec/base64.h"
#include "engine/fhir/lifter.h"

namespace fhirbin::fhir {

// Decodes the characters of one payload member and passes the bytes on in writes of at most 64 KiB.
// Thread-compatible.
class PayloadDecoder {
 public:
  static constexpr std::size_t kMaxWriteBytes = std::size_t{64} << 10;

  // Decodes `text`. A base64 fault does not show here but in fault(), as it may not count; what
  // comes after it is ignored. Errors: the sink's.
  Result<void> write(std::string_view text, ContentSink& content);

  // Ends the payload and passes on what is left. Errors: the sink's.
  Result<void> finish(ContentSink& content);

  const std::optional<Error>& fault() const noexcept { return fault_; }

 private:
  Result<void> flush(ContentSink& content);

  codec::Base64Decoder base64_;
  ByteVector buffer_;  // kMaxWriteBytes, from the first character on
  std::size_t used_bytes_ = 0;
  std::optional<Error> fault_;
};

}  // namespace fhirbin::fhir
