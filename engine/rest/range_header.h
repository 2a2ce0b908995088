#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "fhirbin/byte_range.h"
#include "fhirbin/error.h"

namespace fhirbin::rest {

// What a Range header asks of content of `size_bytes`: nullopt when it is to be answered whole
// (another unit than bytes, or several ranges). Errors: kRangeNotSatisfiable when it lies outside
// the content or is no range at all.
Result<std::optional<ByteRange>> parse_range_header(std::string_view value,
                                                    std::uint64_t size_bytes);

}  // namespace fhirbin::rest
