#pragma once

#include <span>
#include <string_view>

namespace fhirbin::tool {

// The one of `known` that `typed` was most likely meant to be; empty where none is near.
std::string_view nearest_word(std::string_view typed, std::span<const std::string_view> known);

}  // namespace fhirbin::tool
