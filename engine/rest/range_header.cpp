#include "engine/rest/range_header.h"

#include <algorithm>

#include "engine/util/ascii_text.h"
#include "engine/util/number_text.h"
#include "engine/util/try.h"

namespace fhirbin::rest {
namespace {

std::unexpected<Error> unsatisfiable(const char* why) {
  return fail(ErrorCode::kRangeNotSatisfiable, why, IssueType::kValue);
}

// Digits and nothing else. A number beyond 64 bits is as good as the largest one.
std::optional<std::uint64_t> parse_position(std::string_view text) {
  const bool is_number =
      !text.empty() && std::ranges::all_of(text, [](char c) { return '0' <= c && c <= '9'; });
  return is_number ? std::optional(parse_number(text).value_or(UINT64_MAX)) : std::nullopt;
}

// "-n": the last n bytes.
Result<std::optional<ByteRange>> parse_suffix(std::string_view text, std::uint64_t size_bytes) {
  const auto length = parse_position(text);
  if (!length) {
    return unsatisfiable("the range is malformed");
  }
  const std::uint64_t taken = std::min(*length, size_bytes);
  if (taken == 0) {
    return unsatisfiable("the range holds no byte of the content");
  }
  return ByteRange{.offset = size_bytes - taken, .length = taken};
}

}  // namespace

Result<std::optional<ByteRange>> parse_range_header(std::string_view value,
                                                    std::uint64_t size_bytes) {
  const std::size_t equals = value.find('=');
  if (equals == std::string_view::npos) {
    return unsatisfiable("the range is malformed");
  }
  if (!equal_ignoring_case(trim(value.substr(0, equals)), "bytes")) {
    return std::optional<ByteRange>();
  }
  const std::string_view ranges = trim(value.substr(equals + 1));
  if (ranges.contains(',')) {
    return std::optional<ByteRange>();  // a server may answer several ranges with the whole
  }
  const std::size_t dash = ranges.find('-');
  if (dash == std::string_view::npos) {
    return unsatisfiable("the range is malformed");
  }
  if (dash == 0) {
    return parse_suffix(ranges.substr(1), size_bytes);
  }
  const auto first = parse_position(ranges.substr(0, dash));
  const std::string_view last_text = ranges.substr(dash + 1);
  const auto last = last_text.empty() ? std::optional(UINT64_MAX) : parse_position(last_text);
  if (!first || !last || *last < *first) {
    return unsatisfiable("the range is malformed");
  }
  if (*first >= size_bytes) {
    return unsatisfiable("the range lies beyond the end of the content");
  }
  return ByteRange{.offset = *first, .length = std::min(*last, size_bytes - 1) - *first + 1};
}

}  // namespace fhirbin::rest
