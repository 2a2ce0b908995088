#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "fhirbin/error.h"
#include "fhirbin/fhir_version.h"
#include "fhirbin/instant.h"

namespace fhirbin::fhir {

// What a version's resource shows besides its content.
struct ResourceFields {
  std::string_view id;
  std::uint64_t version = 0;
  Instant last_updated{};
  std::string_view content_type;
  std::string_view security_context;  // a minified Reference, or empty
  std::string_view elements;          // see elements.h
};

// What stands in the payload's place.
enum class PayloadForm : std::uint8_t {
  kInline,   // the base64 of the content
  kNone,     // nothing: the content is empty
  kSummary,  // nothing, and meta.tag SUBSETTED says so
  kAbsent,   // the data-absent-reason extension `unsupported` on the underscore sibling
};

// A resource as two texts: with kInline the base64 goes between them, otherwise they just follow
// each other. One line, members in the order in which HL7 lists them.
struct ResourceFrame {
  std::string head;
  std::string tail;
};

// Errors: kCorrupt when elements or security_context are not what this layer made.
Result<ResourceFrame> make_resource_frame(const ResourceFields& fields, FhirVersion version,
                                          PayloadForm form);

// Bytes of the resource's JSON with `content_bytes` of content inline. Computed, not built.
std::uint64_t serialized_size(const ResourceFrame& inline_frame,
                              std::uint64_t content_bytes) noexcept;

// Appends `text` to `target` as a JSON string with its quotes. `text` is valid UTF-8.
void append_json_string(std::string& target, std::string_view text);

}  // namespace fhirbin::fhir
