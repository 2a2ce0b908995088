#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fhirbin/error.h"

namespace fhirbin::rest {

// `W/"3"`: what stands for version 3 of a Binary. Weak, as FHIR wants it.
std::string format_entity_tag(std::uint64_t version);

// The value of If-Match or If-None-Match: `*`, or tags. FHIR compares weak tags on purpose, so `W/`
// is not looked at.
struct EntityTags {
  bool any = false;                   // `*`
  std::vector<std::string> versions;  // what stands between the quotes, in order

  bool contains(std::uint64_t version) const;
};

// Errors: kInvalidArgument for anything but `*` or a list of quoted tags.
Result<EntityTags> parse_entity_tags(std::string_view value, std::string_view header_name);

}  // namespace fhirbin::rest
