#pragma once

#include <string_view>

// Text in the sense of HTTP: letters have case in ASCII only, whatever the locale says.

namespace fhirbin {

char to_lower(char c) noexcept;

bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept;

// Without blanks and tabs around it.
std::string_view trim(std::string_view text) noexcept;

}  // namespace fhirbin
