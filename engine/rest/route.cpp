#include "engine/rest/route.h"

#include <algorithm>
#include <array>
#include <span>

#include "engine/rest/header_list.h"

namespace fhirbin::rest {
namespace {

using Segments = std::span<const std::string>;

// How many segments in front are those of `base_path`; nullopt when they are not there.
std::optional<std::size_t> short_base(Segments segments, std::string_view base_path) {
  std::size_t count = 0;
  while (!base_path.empty()) {
    base_path.remove_prefix(base_path.starts_with('/') ? 1 : 0);
    const std::string_view wanted = base_path.substr(0, base_path.find('/'));
    base_path.remove_prefix(wanted.size());
    if (wanted.empty()) {
      continue;
    }
    if (count == segments.size() || segments[count] != wanted) {
      return std::nullopt;
    }
    ++count;
  }
  return count;
}

// The same for /v1/projects/*/locations/*/datasets/*/fhirStores/*/fhir.
std::optional<std::size_t> long_base(Segments segments) {
  constexpr std::array<std::string_view, 10> kPattern = {
      "", "projects", "*", "locations", "*", "datasets", "*", "fhirStores", "*", "fhir"};
  if (segments.size() < kPattern.size() || (segments[0] != "v1" && segments[0] != "v1beta1")) {
    return std::nullopt;
  }
  for (std::size_t i = 1; i < kPattern.size(); ++i) {
    if (kPattern[i] != "*" && kPattern[i] != segments[i]) {
      return std::nullopt;
    }
  }
  return kPattern.size();
}

std::optional<Place> place_of_binary(Segments rest) {
  switch (rest.size()) {
    case 0:
      return Place::kType;
    case 1:
      return rest[0] == "_history" ? Place::kTypeHistory : Place::kInstance;
    case 2:
      if (rest[1] == "_history") {
        return Place::kInstanceHistory;
      }
      return rest[1] == "$purge" ? std::optional(Place::kPurge) : std::nullopt;
    case 3:
      return rest[1] == "_history" ? std::optional(Place::kVersion) : std::nullopt;
    default:
      return std::nullopt;
  }
}

std::optional<Place> place_of(Segments rest) {
  if (rest.empty()) {
    return std::nullopt;
  }
  if (rest[0] == "Binary") {
    return place_of_binary(rest.subspan(1));
  }
  if (rest.size() != 1) {
    return std::nullopt;
  }
  if (rest[0] == "metadata") {
    return Place::kMetadata;
  }
  if (rest[0] == "$changes") {
    return Place::kChanges;
  }
  return rest[0] == "_history" ? std::optional(Place::kSystemHistory) : std::nullopt;
}

}  // namespace

std::optional<Route> find_route(const Target& target, std::string_view base_path) {
  const Segments segments = target.segments;
  for (const auto base : {short_base(segments, base_path), long_base(segments)}) {
    if (!base) {
      continue;
    }
    const Segments rest = segments.subspan(*base);
    const auto place = place_of(rest);
    if (!place) {
      continue;
    }
    Route route{.place = *place, .id = {}, .version = {}, .base = {}};
    for (const std::string& segment : segments.first(*base)) {
      route.base += '/' + encode_query(segment);
    }
    route.id = rest.size() > 1 && place != Place::kTypeHistory ? rest[1] : "";
    route.version = rest.size() > 3 ? rest[3] : "";
    return route;
  }
  return std::nullopt;
}

std::string_view allowed_methods(Place place) noexcept {
  switch (place) {
    case Place::kMetadata:
    case Place::kChanges:
    case Place::kSystemHistory:
    case Place::kTypeHistory:
    case Place::kInstanceHistory:
    case Place::kVersion:
      return "GET, HEAD, OPTIONS";
    case Place::kType:
      return "POST, OPTIONS";
    case Place::kInstance:
      return "GET, HEAD, PUT, DELETE, OPTIONS";
    case Place::kPurge:
      return "DELETE, OPTIONS";
  }
  return "";
}

bool allows(Place place, std::string_view method) noexcept {
  const auto methods = split_list(allowed_methods(place));
  return std::ranges::find(methods, method) != methods.end();
}

std::string_view all_methods() noexcept { return "GET, HEAD, POST, PUT, DELETE, OPTIONS"; }

}  // namespace fhirbin::rest
