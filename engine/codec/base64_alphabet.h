#pragma once

#include <string_view>

namespace fhirbin::codec {

// RFC 4648 section 4: each sextet's character.
inline constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// What base64 text may hold between its characters.
inline constexpr std::string_view kSpaces = " \t\r\n";

constexpr bool is_space(char c) noexcept { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

}  // namespace fhirbin::codec
