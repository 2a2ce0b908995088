#pragma once

#include <charconv>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "engine/util/try.h"

namespace fhirbin::store {

// Page tokens are opaque to callers; inside they are the key to go on from. Errors:
// kInvalidArgument.
inline Result<std::uint64_t> parse_page_token(std::string_view token, std::uint64_t first_page) {
  if (token.empty()) {
    return first_page;
  }
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), value);
  if (error != std::errc() || end != token.data() + token.size() ||
      value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    return fail(ErrorCode::kInvalidArgument, "the page token is not one of this store's");
  }
  return value;
}

inline Result<void> check_count(std::uint32_t count) {
  if (count == 0 || count > 1000) {
    return fail(ErrorCode::kInvalidArgument, "a page holds 1 to 1,000 entries");
  }
  return {};
}

}  // namespace fhirbin::store
