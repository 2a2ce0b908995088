#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fhirbin/error.h"

namespace fhirbin::rest {

// The target of a request, taken apart and decoded.
struct Target {
  std::vector<std::string> segments;                            // of the path
  std::vector<std::pair<std::string, std::string>> parameters;  // of the query, in order

  // The value of the first parameter of that name.
  std::optional<std::string_view> parameter(std::string_view name) const noexcept;
};

// Reads "/a/b?c=d", or the same behind "http://host". Errors: kInvalidArgument for what no client
// that means well sends: control characters, broken percent-encoding, an encoded slash or NUL in
// the path, segments "." and "..", empty segments before the end.
Result<Target> parse_target(std::string_view text);

// `text` percent-encoded for a place in a query.
std::string encode_query(std::string_view text);

}  // namespace fhirbin::rest
