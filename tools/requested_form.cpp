#include "tools/requested_form.h"

#include <algorithm>
#include <expected>
#include <optional>
#include <string>
#include <utility>

namespace fhirbin::tool {
namespace {

// A media type as far as matching needs it, all in lower case.
struct MediaRange {
  std::string type;
  std::string subtype;
  std::string charset;       // or empty
  std::string fhir_version;  // or empty
};

std::string_view trimmed(std::string_view text) {
  const std::size_t start = text.find_first_not_of(" \t");
  if (start == std::string_view::npos) {
    return {};
  }
  return text.substr(start, text.find_last_not_of(" \t") + 1 - start);
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), [](char character) {
    return character >= 'A' && character <= 'Z' ? static_cast<char>(character - 'A' + 'a')
                                                : character;
  });
  return result;
}

// RFC 9110, section 5.6.2.
bool is_token(std::string_view text) {
  constexpr std::string_view kSigns = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::ranges::all_of(text, [&](char character) {
    return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
           (character >= '0' && character <= '9') ||
           kSigns.find(character) != std::string_view::npos;
  });
}

std::string_view unquoted(std::string_view text) {
  const bool quoted = text.size() >= 2 && text.starts_with('"') && text.ends_with('"');
  return quoted ? text.substr(1, text.size() - 2) : text;
}

// Reads one "name=value" into `range`; false where it is none.
bool read_parameter(std::string_view text, MediaRange& range) {
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos || !is_token(text.substr(0, equals))) {
    return false;
  }
  const std::string name = lower(text.substr(0, equals));
  const std::string value = lower(unquoted(text.substr(equals + 1)));
  if (name == "charset") {
    range.charset = value;
  } else if (name == "fhirversion") {
    range.fhir_version = value;
  }
  return !value.empty();
}

std::optional<MediaRange> parse_media_range(std::string_view text) {
  const std::size_t semicolon = std::min(text.find(';'), text.size());
  const std::string_view essence = trimmed(text.substr(0, semicolon));
  const std::size_t slash = essence.find('/');
  if (slash == std::string_view::npos || !is_token(essence.substr(0, slash)) ||
      !is_token(essence.substr(slash + 1))) {
    return std::nullopt;
  }
  MediaRange range{.type = lower(essence.substr(0, slash)),
                   .subtype = lower(essence.substr(slash + 1)),
                   .charset = {},
                   .fhir_version = {}};
  std::string_view rest = text.substr(semicolon);
  while (!rest.empty()) {
    rest.remove_prefix(1);
    const std::size_t end = std::min(rest.find(';'), rest.size());
    if (!read_parameter(trimmed(rest.substr(0, end)), range)) {
      return std::nullopt;
    }
    rest.remove_prefix(end);
  }
  return range;
}

bool is_fhir_json(const MediaRange& range) {
  return range.type == "application" &&
         (range.subtype == "fhir+json" || range.subtype == "json+fhir");
}

// The value of the media type parameter fhirVersion.
std::string_view parameter_of(FhirVersion version) {
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

std::unexpected<Error> error_of(ErrorCode code, std::string message) {
  return std::unexpected(Error{.code = code, .message = std::move(message)});
}

}  // namespace

Result<Form> requested_form(std::string_view accept, FhirVersion version) {
  const std::optional<MediaRange> range = parse_media_range(accept);
  if (!range) {
    return error_of(ErrorCode::kInvalidArgument, "what --accept names is not a media type");
  }
  if (!is_fhir_json(*range)) {
    return Form::kNative;
  }
  if (!range->charset.empty() && range->charset != "utf-8") {
    return error_of(ErrorCode::kNotAcceptable, "FHIR JSON is written in UTF-8 only");
  }
  if (!range->fhir_version.empty() && range->fhir_version != parameter_of(version)) {
    return error_of(ErrorCode::kNotAcceptable,
                    "the store speaks FHIR " + std::string(fhir_version_name(version)) + " only");
  }
  return Form::kFhirJson;
}

Result<void> check_acceptable(std::string_view accept, std::string_view content_type) {
  const std::optional<MediaRange> wanted = parse_media_range(accept);
  // The parameters of what is stored do not matter, and their quoting is the engine's to judge.
  const std::optional<MediaRange> stored =
      parse_media_range(content_type.substr(0, content_type.find(';')));
  const bool all = wanted && wanted->type == "*" && wanted->subtype == "*";
  const bool same_type = wanted && stored && wanted->type == stored->type &&
                         (wanted->subtype == "*" || wanted->subtype == stored->subtype);
  if (!all && !same_type) {
    return error_of(ErrorCode::kNotAcceptable,
                    "the content is of another type than --accept names; a FHIR JSON type gives "
                    "the Binary resource");
  }
  return {};
}

}  // namespace fhirbin::tool
