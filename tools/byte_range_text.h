#pragma once

#include <cstdint>
#include <string_view>

#include "fhirbin/byte_range.h"
#include "fhirbin/error.h"

namespace fhirbin::tool {

// The part of content of `size_bytes` that `text` names, as HTTP counts: A-B (both inclusive), A-
// (to the end) or -N (the last N bytes). What reaches past the end is cut there; the result is
// never empty. Errors: kInvalidArgument for other text, kRangeNotSatisfiable when no byte is named.
Result<ByteRange> parse_byte_range(std::string_view text, std::uint64_t size_bytes);

}  // namespace fhirbin::tool
