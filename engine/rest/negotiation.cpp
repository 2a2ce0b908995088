#include "engine/rest/negotiation.h"

#include <algorithm>
#include <string>
#include <vector>

#include "engine/fhir/media_type.h"
#include "engine/rest/header_list.h"
#include "engine/util/ascii_text.h"
#include "engine/util/try.h"

namespace fhirbin::rest {
namespace {

std::unexpected<Error> not_acceptable(const char* why) {
  return fail(ErrorCode::kNotAcceptable, why);
}

// One range of an Accept header, such as `image/*;q=0.5`.
struct MediaRange {
  fhir::MediaType type;
  int thousandths = 1000;  // q

  bool is_json() const {
    return type.type == "application" ? type.subtype == "json"
                                      : type.type == "text" && type.subtype == "json";
  }
  bool is_all() const { return type.type == "*" && type.subtype == "*"; }

  // How closely the range names `media_type`: 3 by subtype, 2 by type, 1 by anything; 0 not at all.
  int closeness(const fhir::MediaType& media_type) const {
    if (is_all()) {
      return 1;
    }
    if (type.type != media_type.type) {
      return 0;
    }
    if (type.subtype == "*") {
      return 2;
    }
    return type.subtype == media_type.subtype ? 3 : 0;
  }
};

// "0", "1", "0.25", "1.000"; nullopt for anything else.
std::optional<int> parse_quality(std::string_view text) {
  const bool starts_well = text.starts_with('0') || text.starts_with('1');
  if (!starts_well || text.size() > 5 || (text.size() > 1 && text[1] != '.')) {
    return std::nullopt;
  }
  int thousandths = (text[0] - '0') * 1000;
  int place = 100;
  for (std::size_t i = 2; i < text.size(); ++i, place /= 10) {
    if (text[i] < '0' || text[i] > '9') {
      return std::nullopt;
    }
    thousandths += (text[i] - '0') * place;
  }
  return thousandths <= 1000 ? std::optional(thousandths) : std::nullopt;
}

// Ranges that cannot be read are left out, as if the client had not named them.
std::vector<MediaRange> parse_accept(std::string_view accept) {
  std::vector<MediaRange> ranges;
  for (const std::string_view part : split_list(accept)) {
    auto type = fhir::parse_media_type(part);
    if (!type) {
      continue;
    }
    MediaRange range{.type = *std::move(type)};
    bool is_readable = true;
    std::erase_if(range.type.parameters, [&](const auto& parameter) {
      if (parameter.first != "q") {
        return false;
      }
      const auto quality = parse_quality(parameter.second);
      is_readable = quality.has_value();
      range.thousandths = quality.value_or(0);
      return true;
    });
    if (is_readable) {
      ranges.push_back(std::move(range));
    }
  }
  return ranges;
}

// A range of a FHIR JSON type fits unless it names another FHIR version.
bool names_fhir_json(const MediaRange& range, FhirVersion version) {
  return fhir::is_fhir_json(range.type) &&
         fhir::check_fhir_json_parameters(range.type, version).has_value();
}

bool has_json_suffix(const fhir::MediaType& type) {
  return (type.type == "application" && type.subtype == "json") || type.subtype.ends_with("+json");
}

// The quality of the native form: that of the range that names the stored type most closely. A FHIR
// type never means the native form, even where the content is FHIR itself (rule R1).
int native_quality(const std::vector<MediaRange>& ranges, const fhir::MediaType& stored) {
  int closest = 0;
  int thousandths = 0;
  for (const MediaRange& range : ranges) {
    if (fhir::is_fhir_json(range.type)) {
      continue;
    }
    int closeness = range.closeness(stored);
    if (range.is_json() && has_json_suffix(stored)) {
      closeness = std::max(closeness, 2);  // application/json also means a type with its suffix
    }
    if (closeness > closest) {
      closest = closeness;
      thousandths = range.thousandths;
    }
  }
  return thousandths;
}

// The qualities of the FHIR form: asked for by its own types, or by application/json where the
// content is no JSON (rule R4).
struct FhirQuality {
  int by_name = 0;
  int as_json = 0;
};

FhirQuality fhir_quality(const std::vector<MediaRange>& ranges, const fhir::MediaType& stored,
                         FhirVersion version) {
  FhirQuality quality;
  for (const MediaRange& range : ranges) {
    if (names_fhir_json(range, version)) {
      quality.by_name = std::max(quality.by_name, range.thousandths);
    } else if (range.is_json() && !has_json_suffix(stored)) {
      quality.as_json = std::max(quality.as_json, range.thousandths);
    }
  }
  return quality;
}

// The quality that a wildcard gives the FHIR form, where no range names it. Counts only when the
// native form is not acceptable: a wildcard is no word for FHIR.
int wildcard_quality(const std::vector<MediaRange>& ranges, FhirVersion version) {
  const fhir::MediaType fhir_json{.type = "application", .subtype = "fhir+json", .parameters = {}};
  int closest = 0;
  int thousandths = 0;
  for (const MediaRange& range : ranges) {
    if (names_fhir_json(range, version)) {
      return 0;
    }
    const int closeness = range.type.subtype == "*" ? range.closeness(fhir_json) : 0;
    if (closeness > closest) {
      closest = closeness;
      thousandths = range.thousandths;
    }
  }
  return thousandths;
}

// A `+` that was not encoded arrives as a blank.
std::string repaired_format(std::string_view format) {
  std::string text(format);
  std::ranges::replace(text, ' ', '+');
  return text;
}

// Whether `_format` names FHIR JSON in any of the spellings that servers take.
bool format_is_json(std::string_view format, FhirVersion version) {
  const std::string text = repaired_format(format);
  if (equal_ignoring_case(text, "json")) {
    return true;
  }
  const auto type = fhir::parse_media_type(text);
  if (!type) {
    return false;
  }
  const bool plain =
      type->subtype == "json" && (type->type == "application" || type->type == "text");
  return plain || names_fhir_json({.type = *type}, version);
}

}  // namespace

Result<Form> negotiate_read(std::optional<std::string_view> accept, const Target& target,
                            std::string_view stored_content_type, FhirVersion version) {
  if (const auto format = target.parameter("_format")) {
    return format_is_json(*format, version)
               ? Result<Form>(Form::kFhir)
               : not_acceptable("_format asks for a form that this store does not speak");
  }
  if (!accept || trim(*accept).empty()) {
    return Form::kNative;
  }
  const std::vector<MediaRange> ranges = parse_accept(*accept);
  FHIRBIN_TRY_ASSIGN(const fhir::MediaType stored, fhir::parse_media_type(stored_content_type));
  const int native = native_quality(ranges, stored);
  const FhirQuality as_fhir = fhir_quality(ranges, stored, version);
  // Native unless FHIR is asked for by name: HL7's intent, so FHIR wins a tie only then.
  if (as_fhir.by_name > 0 && as_fhir.by_name >= native) {
    return Form::kFhir;
  }
  if (native > 0 && native >= as_fhir.as_json) {
    return Form::kNative;
  }
  return as_fhir.as_json > 0 || wildcard_quality(ranges, version) > 0
             ? Result<Form>(Form::kFhir)
             : not_acceptable("neither the content's own type nor FHIR JSON is acceptable");
}

Result<void> negotiate_json(std::optional<std::string_view> accept, const Target& target,
                            FhirVersion version) {
  if (const auto format = target.parameter("_format")) {
    return format_is_json(*format, version)
               ? Result<void>()
               : not_acceptable("_format asks for a form that this store does not speak");
  }
  if (!accept || trim(*accept).empty()) {
    return {};
  }
  const auto ranges = parse_accept(*accept);
  const bool acceptable = std::ranges::any_of(ranges, [version](const MediaRange& range) {
    const bool wildcard =
        range.type.subtype == "*" && (range.type.type == "*" || range.type.type == "application");
    return range.thousandths > 0 &&
           (wildcard || range.is_json() || names_fhir_json(range, version));
  });
  return acceptable ? Result<void>() : not_acceptable("FHIR JSON is not acceptable to the client");
}

}  // namespace fhirbin::rest
