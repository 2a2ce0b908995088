// Property: parse_envelope() takes or refuses any text without a crash, names no bytes of the text
// when it refuses, and what it takes is shown as a resource that says the same.

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/fhir/envelope.h"
#include "engine/fhir/resource_writer.h"
#include "tests/fuzz/require.h"

namespace {

using fhirbin::FhirVersion;
using fhirbin::fhir::Envelope;
using fhirbin::fhir::PayloadForm;
using fhirbin::fuzz::require;

void check_round_trip(const Envelope& envelope, FhirVersion version, PayloadForm form) {
  const auto frame =
      fhirbin::fhir::make_resource_frame({.id = envelope.id.empty() ? "a" : envelope.id,
                                          .version = 7,
                                          .last_updated = {},
                                          .content_type = envelope.content_type,
                                          .security_context = envelope.security_context,
                                          .elements = envelope.elements},
                                         version, form);
  require(frame.has_value(), "what was taken can be shown");
  const auto again = fhirbin::fhir::parse_envelope(frame->head + frame->tail, version);
  require(again.has_value(), "what is shown is taken again");
  require(again->content_type == envelope.content_type, "contentType stays");
  require(again->security_context == envelope.security_context, "securityContext stays");
  if (form == PayloadForm::kNone) {
    require(again->elements == envelope.elements, "all else stays");
  }
  require(again->subsetted == (envelope.subsetted || form == PayloadForm::kSummary),
          "a summary says that it is one");
}

}  // namespace

// The first byte chooses the FHIR version; the rest is the envelope.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const auto version = static_cast<FhirVersion>(1 + data[0] % 5);
  const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
  const auto envelope = fhirbin::fhir::parse_envelope(text, version);
  if (!envelope) {
    require(envelope.error().code == fhirbin::ErrorCode::kInvalidResource, "a refusal is a 400");
    require(!envelope.error().message.empty(), "a refusal says why");
    return 0;
  }
  require(!envelope->content_type.empty(), "a Binary has a type");
  for (const PayloadForm form : {PayloadForm::kNone, PayloadForm::kSummary}) {
    check_round_trip(*envelope, version, form);
  }
  return 0;
}
