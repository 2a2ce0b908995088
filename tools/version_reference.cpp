#include "tools/version_reference.h"

#include <algorithm>
#include <charconv>
#include <expected>

#include "tools/failure.h"

namespace fhirbin::tool {
namespace {

constexpr std::size_t kLongestId = 64;
constexpr std::string_view kType = "Binary/";
constexpr std::string_view kHistory = "/_history/";

std::unexpected<Error> invalid(std::string message) {
  return std::unexpected(Error{.code = ErrorCode::kInvalidArgument, .message = std::move(message)});
}

bool is_id_character(char character) {
  return (character >= 'A' && character <= 'Z') || (character >= 'a' && character <= 'z') ||
         (character >= '0' && character <= '9') || character == '-' || character == '.';
}

// ID and N of a text like Binary/ID/_history/N; ID/N otherwise. N is empty where there is no slash.
struct Parts {
  std::string_view id;
  std::string_view version;
  bool has_version = false;
};

Parts split(std::string_view text) {
  if (const std::size_t at = text.find(kHistory);
      text.starts_with(kType) && at != std::string_view::npos && at > kType.size()) {
    return {.id = text.substr(kType.size(), at - kType.size()),
            .version = text.substr(at + kHistory.size()),
            .has_version = true};
  }
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) {
    return {.id = text, .version = {}, .has_version = false};
  }
  return {.id = text.substr(0, slash), .version = text.substr(slash + 1), .has_version = true};
}

}  // namespace

Result<std::string> parse_id(std::string_view text) {
  if (text.empty() || text.size() > kLongestId || !std::ranges::all_of(text, is_id_character)) {
    return invalid("the id is not 1 to 64 of the characters A-Z a-z 0-9 - .");
  }
  return std::string(text);
}

Result<std::uint64_t> parse_version_number(std::string_view text) {
  std::uint64_t number = 0;
  const char* const start = text.data();
  const char* const end = start + text.size();
  const auto [stop, error] = std::from_chars(start, end, number);
  if (error != std::errc{} || stop != end || number == 0 || text.starts_with('0')) {
    return invalid("the version is not a number from 1 on");
  }
  return number;
}

Result<VersionReference> parse_version_reference(std::string_view text) {
  const Parts parts = split(text);
  Result<std::string> id = parse_id(parts.id);
  if (!id) {
    return std::unexpected(std::move(id.error()));
  }
  VersionReference reference{.id = std::move(*id), .version = std::nullopt};
  if (parts.has_version) {
    Result<std::uint64_t> version = parse_version_number(parts.version);
    if (!version) {
      return std::unexpected(std::move(version.error()));
    }
    reference.version = *version;
  }
  return reference;
}

std::optional<std::uint64_t> version_number_of(const std::optional<std::string>& text) {
  if (!text) {
    return std::nullopt;
  }
  return take(parse_version_number(*text));
}

std::optional<Instant> instant_of(const std::optional<std::string>& text) {
  if (!text) {
    return std::nullopt;
  }
  const std::optional<Instant> instant = parse_instant(*text);
  if (!instant) {
    throw Failure(ErrorCode::kInvalidArgument,
                  "the time is not like 2026-11-22T09:30:00Z or 2026-11-22");
  }
  return instant;
}

std::string reference_text(std::string_view id, std::uint64_t version) {
  std::string text(kType);
  text += id;
  text += kHistory;
  text += std::to_string(version);
  return text;
}

std::string reference_text(const VersionInfo& info) {
  return reference_text(info.id, info.version);
}

}  // namespace fhirbin::tool
