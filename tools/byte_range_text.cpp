#include "tools/byte_range_text.h"

#include <algorithm>
#include <charconv>
#include <expected>
#include <limits>
#include <optional>
#include <string>

namespace fhirbin::tool {
namespace {

// Decimal digits only; more than 64 bits are as good as the largest number, which lies past every
// end.
std::optional<std::uint64_t> parse_position(std::string_view digits) {
  const auto is_digit = [](char character) { return character >= '0' && character <= '9'; };
  if (digits.empty() || !std::ranges::all_of(digits, is_digit)) {
    return std::nullopt;
  }
  std::uint64_t position = 0;
  const auto result = std::from_chars(digits.data(), digits.data() + digits.size(), position);
  return result.ec == std::errc{} ? position : std::numeric_limits<std::uint64_t>::max();
}

std::unexpected<Error> malformed() {
  return std::unexpected(Error{.code = ErrorCode::kInvalidArgument,
                               .message = "the range is not A-B, A- or -N with A at most B"});
}

std::unexpected<Error> outside(std::uint64_t size_bytes) {
  return std::unexpected(Error{.code = ErrorCode::kRangeNotSatisfiable,
                               .message = "the range names no byte of the content, which has " +
                                          std::to_string(size_bytes) + " bytes"});
}

}  // namespace

Result<ByteRange> parse_byte_range(std::string_view text, std::uint64_t size_bytes) {
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos) {
    return malformed();
  }
  const std::string_view before = text.substr(0, dash);
  const std::string_view after = text.substr(dash + 1);
  const std::optional<std::uint64_t> first = parse_position(before);
  const std::optional<std::uint64_t> last = parse_position(after);
  if ((!first && !before.empty()) || (!last && !after.empty()) || (!first && !last)) {
    return malformed();
  }
  if (!first) {
    const std::uint64_t length = std::min(*last, size_bytes);
    if (length == 0) {
      return outside(size_bytes);
    }
    return ByteRange{.offset = size_bytes - length, .length = length};
  }
  if (last && *last < *first) {
    return malformed();
  }
  if (*first >= size_bytes) {
    return outside(size_bytes);
  }
  const std::uint64_t end = last ? std::min(*last, size_bytes - 1) + 1 : size_bytes;
  return ByteRange{.offset = *first, .length = end - *first};
}

}  // namespace fhirbin::tool
