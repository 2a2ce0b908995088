#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace fhirbin {

// Decimal digits and nothing else; nullopt for other text, none at all and numbers beyond 64 bits.
std::optional<std::uint64_t> parse_number(std::string_view text) noexcept;

}  // namespace fhirbin
