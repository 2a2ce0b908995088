#include "engine/fhir/media_type.h"

#include <algorithm>

#include "engine/fhir/utf8.h"
#include "engine/util/ascii_text.h"
#include "engine/util/try.h"

namespace fhirbin::fhir {
namespace {

constexpr std::size_t kMaxMediaTypeBytes = 255;
constexpr std::size_t kMaxReferenceBytes = 1024;

std::unexpected<Error> no_media_type() {
  return fail(ErrorCode::kUnsupportedMediaType,
              "the content type is no media type of at most 255 bytes", IssueType::kValue);
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](char c) { return to_lower(c); });
  return lower;
}

// A `tchar` of RFC 9110 section 5.6.2.
bool is_token_character(char c) noexcept {
  const bool is_alphanumeric = ('a' <= to_lower(c) && to_lower(c) <= 'z') || ('0' <= c && c <= '9');
  return is_alphanumeric || (c != '\0' && std::string_view("!#$%&'*+-.^_`|~").contains(c));
}

std::string_view take_token(std::string_view& rest) {
  const auto* const end = std::ranges::find_if_not(rest, is_token_character);
  const std::string_view token(rest.begin(), end);
  rest.remove_prefix(token.size());
  return token;
}

bool take_character(std::string_view& rest, char wanted) {
  if (rest.empty() || rest.front() != wanted) {
    return false;
  }
  rest.remove_prefix(1);
  return true;
}

// Not tabs, which RFC 9110 allows here: a contentType holds no control characters, or else the
// Binary's own JSON could not be read back.
void skip_blanks(std::string_view& rest) {
  while (!rest.empty() && rest.front() == ' ') {
    rest.remove_prefix(1);
  }
}

bool is_printable_ascii(char c) noexcept { return ' ' <= c && c <= '~'; }

// The rest of a quoted string behind its opening quote, with \ undone.
bool take_quoted(std::string_view& rest, std::string& value) {
  while (!rest.empty()) {
    if (take_character(rest, '"')) {
      return true;
    }
    take_character(rest, '\\');
    if (rest.empty() || !is_printable_ascii(rest.front())) {
      return false;
    }
    value.push_back(rest.front());
    rest.remove_prefix(1);
  }
  return false;
}

bool take_parameter(std::string_view& rest, MediaType& media_type) {
  const std::string_view name = take_token(rest);
  if (name.empty() || !take_character(rest, '=')) {
    return false;
  }
  std::string value;
  if (take_character(rest, '"')) {
    if (!take_quoted(rest, value)) {
      return false;
    }
  } else {
    value = take_token(rest);
    if (value.empty()) {
      return false;
    }
  }
  media_type.parameters.emplace_back(lower_case(name), std::move(value));
  return true;
}

// What the `fhirVersion` parameter calls a release.
std::string_view fhir_version_parameter(FhirVersion version) noexcept {
  switch (version) {
    case FhirVersion::kDstu2:
      return "1.0";
    case FhirVersion::kStu3:
      return "3.0";
    case FhirVersion::kR4:
      return "4.0";
    case FhirVersion::kR4B:
      return "4.3";
    case FhirVersion::kR5:
      return "5.0";
  }
  return {};
}

}  // namespace

Result<MediaType> parse_media_type(std::string_view text) {
  std::string_view rest = trim(text);
  if (rest.size() > kMaxMediaTypeBytes) {
    return no_media_type();
  }
  MediaType media_type;
  media_type.type = lower_case(take_token(rest));
  const bool has_slash = take_character(rest, '/');
  media_type.subtype = lower_case(take_token(rest));
  if (media_type.type.empty() || !has_slash || media_type.subtype.empty()) {
    return no_media_type();
  }
  skip_blanks(rest);
  while (!rest.empty()) {
    if (!take_character(rest, ';')) {
      return no_media_type();
    }
    skip_blanks(rest);
    // RFC 9110 lets a semicolon stand without a parameter.
    const bool is_empty = rest.empty() || rest.front() == ';';
    if (!is_empty && !take_parameter(rest, media_type)) {
      return no_media_type();
    }
    skip_blanks(rest);
  }
  return media_type;
}

bool is_fhir_json(const MediaType& media_type) {
  return media_type.type == "application" &&
         (media_type.subtype == "fhir+json" || media_type.subtype == "json+fhir");
}

Result<void> check_fhir_json_parameters(const MediaType& media_type, FhirVersion version) {
  for (const auto& [name, value] : media_type.parameters) {
    if (name == "charset" && !equal_ignoring_case(value, "utf-8")) {
      return fail(ErrorCode::kUnsupportedMediaType, "FHIR JSON is UTF-8; `charset` says otherwise");
    }
    if (name == "fhirversion" && value != fhir_version_parameter(version)) {
      return fail(ErrorCode::kUnsupportedMediaType,
                  "`fhirVersion` is not the FHIR version of this store");
    }
  }
  return {};
}

Result<void> check_media_filter(std::string_view filter) {
  std::string_view rest = trim(filter);
  if (rest.empty() || rest == "*/*") {
    return {};
  }
  const std::string_view type = take_token(rest);
  const bool has_slash = take_character(rest, '/');
  const std::string_view subtype = take_token(rest);
  const bool has_star = type.contains('*') || (subtype.contains('*') && subtype != "*");
  if (type.empty() || !has_slash || subtype.empty() || !rest.empty() || has_star) {
    return fail(ErrorCode::kInvalidArgument,
                "a filter is a media type without parameters, such as image/png or image/*",
                IssueType::kValue);
  }
  return {};
}

bool matches_media_filter(std::string_view content_type, std::string_view filter) {
  const std::string_view wanted = trim(filter);
  if (wanted.empty() || wanted == "*/*") {
    return true;
  }
  const std::string_view essence = trim(content_type.substr(0, content_type.find(';')));
  if (wanted.ends_with("/*")) {
    const std::string_view type_and_slash = wanted.substr(0, wanted.size() - 1);
    return equal_ignoring_case(essence.substr(0, type_and_slash.size()), type_and_slash);
  }
  return equal_ignoring_case(essence, wanted);
}

Result<void> check_security_context(std::string_view reference) {
  if (reference.size() > kMaxReferenceBytes || !is_clean_text(reference)) {
    return fail(ErrorCode::kInvalidArgument,
                "a security context has at most 1,024 bytes of UTF-8 without control characters",
                IssueType::kValue);
  }
  return {};
}

}  // namespace fhirbin::fhir
