// Property: however a body is cut into pieces, the lifter comes to the same verdict, the same
// envelope and the same content; and an envelope that parse_envelope() takes is shown again as one
// that it takes too.

#include <cstdint>
#include <cstdlib>

#include "engine/fhir/envelope.h"
#include "engine/fhir/resource_writer.h"
#include "tests/fhir/lifting.h"

namespace {

using fhirbin::FhirVersion;
using fhirbin::fhir::Envelope;
using fhirbin::fhir::Lifted;
using fhirbin::fhir::Lifter;
using fhirbin::fhir::PayloadForm;

void require(bool holds) {
  if (!holds) {
    std::abort();
  }
}

void check_round_trip(const Envelope& envelope, FhirVersion version) {
  const auto frame =
      fhirbin::fhir::make_resource_frame({.id = "a",
                                          .version = 1,
                                          .last_updated = {},
                                          .content_type = envelope.content_type,
                                          .security_context = envelope.security_context,
                                          .elements = envelope.elements},
                                         version, PayloadForm::kInline);
  require(frame.has_value());
  const auto again = fhirbin::fhir::parse_envelope(frame->head + frame->tail, version);
  require(again && again->elements == envelope.elements &&
          again->security_context == envelope.security_context &&
          again->content_type == envelope.content_type);
}

}  // namespace

// The first byte chooses the FHIR version, the next two a cut; the rest is the body.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) {
    return 0;
  }
  const auto version = static_cast<FhirVersion>(1 + data[0] % 5);
  const std::string_view body(reinterpret_cast<const char*>(data + 3), size - 3);
  const std::size_t cut = (data[1] << 8 | data[2]) % (body.size() + 1);
  const Lifted whole = fhirbin::fhir::lift(version, body);
  require(fhirbin::fhir::lift(version, body, {cut}) == whole);
  require(fhirbin::fhir::lift_bytewise(version, body) == whole);
  if (!whole.error && whole.kind == Lifter::Kind::kBinary) {
    if (const auto envelope = fhirbin::fhir::parse_envelope(whole.envelope, version)) {
      check_round_trip(*envelope, version);
    }
  }
  return 0;
}
