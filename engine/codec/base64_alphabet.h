#pragma once

#include <string_view>

namespace fhirbin::codec {

// RFC 4648 section 4: each sextet's character.
inline constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

}  // namespace fhirbin::codec
