#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/rest/target.h"

namespace fhirbin::rest {

// What a path leads to.
enum class Place : std::uint8_t {
  kMetadata,         // [base]/metadata
  kChanges,          // [base]/$changes
  kSystemHistory,    // [base]/_history, the same as that of the only type
  kType,             // [base]/Binary
  kTypeHistory,      // [base]/Binary/_history
  kInstance,         // [base]/Binary/{id}
  kInstanceHistory,  // [base]/Binary/{id}/_history
  kVersion,          // [base]/Binary/{id}/_history/{vid}
  kPurge,            // [base]/Binary/{id}/$purge
};

struct Route {
  Place place = Place::kMetadata;
  std::string id;       // as it stands in the path, not checked
  std::string version;  // likewise
  std::string
      base;  // path of [base] as the client wrote it, encoded anew, without a slash at the end
};

// Finds the place behind `base_path` or behind the long form of the Cloud Healthcare API; nullopt
// when the path leads nowhere.
std::optional<Route> find_route(const Target& target, std::string_view base_path);

// The methods that a place answers, for Allow, and whether `method` is one.
std::string_view allowed_methods(Place place) noexcept;
bool allows(Place place, std::string_view method) noexcept;

// The methods that one place or another answers.
std::string_view all_methods() noexcept;

}  // namespace fhirbin::rest
