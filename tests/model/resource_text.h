#pragma once

#include <optional>
#include <string>

#include "fhirbin/store.h"
#include "tests/model/model.h"

// FHIR JSON as text, put together by hand so that the engine's own writer is checked by it.
namespace fhirbin::testing {

// What write_fhir_json() gives for a version with content.
std::string resource_json(const ModelVersion& version, FhirVersion fhir_version,
                          const JsonOptions& options = {});

// How a body is bent before it is sent.
struct BodyShape {
  bool type_last = false;             // resourceType behind the payload
  bool without_payload = false;       // a data-absent-reason in its place
  bool cut_off = false;               // ends in the middle
  std::string id = {};                // the id it carries
  std::string security_context = {};  // its own reference
};

// A FHIR JSON Binary that says what `draft` says.
std::string binary_body(const ModelDraft& draft, FhirVersion fhir_version, const BodyShape& shape);

// A FHIR JSON resource that is no Binary, of at least `size_bytes`.
std::string other_resource_body(std::size_t size_bytes);

}  // namespace fhirbin::testing
