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

}  // namespace fhirbin::rest
