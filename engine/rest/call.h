#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/rest/header_list.h"
#include "engine/rest/route.h"
#include "engine/rest/target.h"
#include "fhirbin/rest.h"
#include "fhirbin/store.h"
#include "fhirbin/version_info.h"

namespace fhirbin::rest {

// One request, taken apart, as the interactions see it. Views live as long as the request.
struct Call {
  Store* store = nullptr;
  const ServiceOptions* options = nullptr;
  const RequestHead* head = nullptr;
  Target target;
  Route route;

  HeaderList headers() const noexcept { return HeaderList(head->headers); }
  FhirVersion fhir_version() const noexcept { return store->fhir_version(); }

  // What Location and links begin with: absolute where the origin is known, else a path.
  std::string base_url() const;
  // [base]/Binary/{id}/_history/{version}.
  std::string version_url(const VersionInfo& info) const;
};

// A response with a text as its whole body.
Response text_response(int status, std::string_view content_type, std::string text);
Response empty_response(int status);

// The media type of FHIR JSON in the words of that FHIR version.
std::string_view fhir_json_type(FhirVersion version) noexcept;
Response fhir_json_response(int status, FhirVersion version, std::string text);

// An OperationOutcome for an error.
Response error_response(const Error& error, FhirVersion version);
Response error_response(int status, const Error& error, FhirVersion version);

// ETag and Last-Modified of a version.
void add_version_headers(Response& response, const VersionInfo& info);

}  // namespace fhirbin::rest
