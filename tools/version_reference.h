#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "fhirbin/error.h"
#include "fhirbin/instant.h"
#include "fhirbin/version_info.h"

// How people name Binaries, versions and times on a command line. All errors are kInvalidArgument.

namespace fhirbin::tool {

// ID or ID/N, or what `put` prints: Binary/ID/_history/N.
struct VersionReference {
  std::string id;
  std::optional<std::uint64_t> version;
};

Result<VersionReference> parse_version_reference(std::string_view text);

Result<std::string> parse_id(std::string_view text);

// 1 or more, in decimal digits only.
Result<std::uint64_t> parse_version_number(std::string_view text);

// nullopt stays nullopt. Throws Failure.
std::optional<std::uint64_t> version_number_of(const std::optional<std::string>& text);
std::optional<Instant> instant_of(const std::optional<std::string>& text);

// Binary/ID/_history/N
std::string reference_text(std::string_view id, std::uint64_t version);
std::string reference_text(const VersionInfo& info);

}  // namespace fhirbin::tool
