#pragma once

#include <memory>

#include "engine/util/bytes.h"
#include "fhirbin/error.h"
#include "fhirbin/fhir_version.h"

namespace fhirbin::fhir {

// Where the lifter puts decoded content. An error ends the feed() that caused it.
class ContentSink {
 public:
  ContentSink() = default;
  ContentSink(const ContentSink&) = delete;
  ContentSink& operator=(const ContentSink&) = delete;
  virtual ~ContentSink() = default;

  virtual Result<void> write(ByteSpan content) = 0;
};

// Lifts the payload out of a FHIR JSON body that comes in pieces cut anywhere, in constant memory:
// finds the top-level payload member, undoes JSON escapes, decodes the base64 and passes the bytes
// on, and keeps the rest, the envelope, with "" in the payload's place. simdjson never sees the
// payload.
//
// Whether the body is a Binary may show only after a gigabyte, so until `resourceType` was seen
// payload faults are held back: they count only if the body is a Binary. Thread-compatible.
class Lifter {
 public:
  enum class Kind : std::uint8_t {
    kUndecided,  // resourceType was not seen yet
    kBinary,     // the body is a Binary
    kOther,      // it is another resource, or JSON that is no resource: to be kept as it is
  };

  explicit Lifter(FhirVersion version);
  Lifter(Lifter&&) noexcept;
  Lifter& operator=(Lifter&&) noexcept;
  ~Lifter();

  // Takes the next piece. Once kind() is kOther further pieces are ignored.
  // Errors: kInvalidResource/kStructure for text that is not JSON (while not kOther),
  // kInvalidResource for a Binary whose payload or envelope is at fault as far as seen (bad base64,
  // envelope beyond 1 MiB), and the sink's own. After an error the lifter is spent.
  Result<void> feed(ByteSpan text, ContentSink& content);

  // Ends the body. A truncated or empty body is kInvalidResource/kStructure unless kind() is
  // kOther; complete JSON without resourceType becomes kOther.
  Result<void> finish(ContentSink& content);

  Kind kind() const noexcept;

  // Whether the body had the payload member of its version, and so far not the other one.
  bool has_payload() const noexcept;

  // The body without its payload, for parse_envelope(); complete once finish() succeeded with
  // kBinary.
  std::string_view envelope() const noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace fhirbin::fhir
