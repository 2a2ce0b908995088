#include "engine/rest/target.h"

#include <algorithm>

#include "engine/util/try.h"

namespace fhirbin::rest {
namespace {

std::unexpected<Error> bad_target(const char* why) {
  return fail(ErrorCode::kInvalidArgument, std::string("the request target ") + why,
              IssueType::kValue);
}

int hex_value(char c) noexcept {
  if ('0' <= c && c <= '9') {
    return c - '0';
  }
  if ('a' <= c && c <= 'f') {
    return c - 'a' + 10;
  }
  return 'A' <= c && c <= 'F' ? c - 'A' + 10 : -1;
}

enum class Blanks : std::uint8_t { kAsWritten, kAsPlus };

Result<std::string> percent_decode(std::string_view text, Blanks blanks) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded.push_back(blanks == Blanks::kAsPlus && text[i] == '+' ? ' ' : text[i]);
      continue;
    }
    const int high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? hex_value(text[i + 2]) : -1;
    if (high < 0 || low < 0) {
      return bad_target("has broken percent-encoding");
    }
    decoded.push_back(static_cast<char>(high * 16 + low));
    i += 2;
  }
  return decoded;
}

bool has_control(std::string_view text) noexcept {
  return std::ranges::any_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7F;
  });
}

Result<std::string> decode_segment(std::string_view text) {
  FHIRBIN_TRY_ASSIGN(std::string segment, percent_decode(text, Blanks::kAsWritten));
  if (segment.empty() || segment == "." || segment == "..") {
    return bad_target("has an empty or a relative path segment");
  }
  if (has_control(segment) || segment.contains('/') || segment.contains('\\')) {
    return bad_target("has an encoded separator or control character in its path");
  }
  return segment;
}

Result<std::vector<std::string>> split_path(std::string_view path) {
  std::vector<std::string> segments;
  path.remove_prefix(1);
  if (path.ends_with('/')) {
    path.remove_suffix(1);
  }
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    FHIRBIN_TRY_ASSIGN(std::string segment, decode_segment(path.substr(0, slash)));
    segments.push_back(std::move(segment));
    if (slash == std::string_view::npos) {
      break;
    }
    path.remove_prefix(slash + 1);
    if (path.empty()) {
      return bad_target("has an empty or a relative path segment");
    }
  }
  return segments;
}

Result<std::vector<std::pair<std::string, std::string>>> split_query(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> parameters;
  while (!query.empty()) {
    const std::string_view each = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(each.size() + 1, query.size()));
    if (each.empty()) {
      continue;
    }
    const std::size_t equals = std::min(each.find('='), each.size());
    FHIRBIN_TRY_ASSIGN(std::string name, percent_decode(each.substr(0, equals), Blanks::kAsPlus));
    FHIRBIN_TRY_ASSIGN(
        std::string value,
        percent_decode(each.substr(std::min(equals + 1, each.size())), Blanks::kAsPlus));
    parameters.emplace_back(std::move(name), std::move(value));
  }
  return parameters;
}

// The path and query of an absolute target, which proxies send.
std::string_view without_origin(std::string_view text) noexcept {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (text.starts_with(scheme)) {
      const std::size_t end = text.find_first_of("/?#", scheme.size());
      return end != std::string_view::npos && text[end] == '/' ? text.substr(end) : "/";
    }
  }
  return text;
}

}  // namespace

std::optional<std::string_view> Target::parameter(std::string_view name) const noexcept {
  const auto found =
      std::ranges::find(parameters, name, &std::pair<std::string, std::string>::first);
  return found == parameters.end() ? std::nullopt : std::optional<std::string_view>(found->second);
}

Result<Target> parse_target(std::string_view text) {
  text = without_origin(text);
  if (has_control(text) || !text.starts_with('/')) {
    return bad_target("is no path");
  }
  text = text.substr(0, text.find('#'));
  const std::size_t question = std::min(text.find('?'), text.size());
  Target target;
  FHIRBIN_TRY_ASSIGN(target.segments, split_path(text.substr(0, question)));
  FHIRBIN_TRY_ASSIGN(target.parameters,
                     split_query(text.substr(std::min(question + 1, text.size()))));
  return target;
}

std::string encode_query(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const bool is_alphanumeric =
        ('0' <= c && c <= '9') || ('a' <= c && c <= 'z') || ('A' <= c && c <= 'Z');
    if (is_alphanumeric || (c != '\0' && std::string_view("-._~:").contains(c))) {
      encoded.push_back(c);
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    encoded.push_back('%');
    encoded.push_back(kDigits[byte >> 4]);
    encoded.push_back(kDigits[byte & 0xF]);
  }
  return encoded;
}

}  // namespace fhirbin::rest
