#include "engine/fhir/resource_id.h"

#include <algorithm>
#include <charconv>

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

Result<std::uint64_t> parse_version_id(std::string_view text) {
  std::uint64_t version = 0;
  // A leading digit 1 to 9 rules out signs, zeros and the empty text; from_chars checks the range.
  const bool begins_well = !text.empty() && '1' <= text.front() && text.front() <= '9';
  const char* const begin = text.data();
  const char* const end = begin + text.size();
  const auto read = std::from_chars(begin, end, version);
  if (!begins_well || read.ec != std::errc() || read.ptr != end) {
    return fail(ErrorCode::kInvalidArgument, "a version id is a decimal number from 1 up",
                IssueType::kValue);
  }
  return version;
}

}  // namespace fhirbin::fhir
