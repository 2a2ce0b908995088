#include "engine/fhir/resource_id.h"

#include <algorithm>

#include "engine/util/try.h"

namespace fhirbin::fhir {
namespace {

constexpr std::size_t kMaxIdBytes = 64;

// Spelled out, as <cctype> asks the locale.
bool is_id_character(char c) noexcept {
  return ('A' <= c && c <= 'Z') || ('a' <= c && c <= 'z') || ('0' <= c && c <= '9') || c == '-' ||
         c == '.';
}

}  // namespace

Result<void> check_resource_id(std::string_view id) {
  if (id.empty() || id.size() > kMaxIdBytes || !std::ranges::all_of(id, is_id_character)) {
    return fail(ErrorCode::kInvalidArgument, "an id has 1 to 64 letters, digits, `-` and `.`",
                IssueType::kValue);
  }
  return {};
}

}  // namespace fhirbin::fhir
