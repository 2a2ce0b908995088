#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "fhirbin/instant.h"

namespace fhirbin::rest {

// The date of an HTTP header (RFC 9110 section 5.6.7): whole seconds, in UTC.
using HttpDate = std::chrono::sys_seconds;

// What an instant is in HTTP: its fraction of a second is cut off.
HttpDate to_http_date(Instant instant) noexcept;

// "Sun, 06 Nov 1994 08:49:37 GMT". Years 0000 to 9999.
std::string format_http_date(HttpDate date);

// Reads any of the three forms that RFC 9110 obliges recipients to accept; nullopt for other text.
std::optional<HttpDate> parse_http_date(std::string_view text, HttpDate now);

}  // namespace fhirbin::rest
