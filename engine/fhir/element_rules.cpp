#include "engine/fhir/element_rules.h"

#include <algorithm>
#include <array>
#include <span>

#include "engine/fhir/media_type.h"
#include "engine/fhir/resource_id.h"
#include "engine/fhir/utf8.h"
#include "engine/util/try.h"

namespace fhirbin::fhir {
namespace {

constexpr std::size_t kMaxReferenceBytes = 1024;

// What a member may hold.
enum class Shape : std::uint8_t {
  kTypeName,   // "Binary"
  kPayload,    // "", as the lifter leaves it
  kText,       // a string without control characters: uri, code
  kString,     // any string
  kId,         // the id grammar
  kMediaType,  // contentType
  kLink,       // Reference.reference
  kBoolean,
  kTexts,       // an array of kText, or null beside a kElement
  kExtensions,  // an array of objects
  kIdentifier,  // an object
  kElement,     // the underscore sibling of a primitive: id and extension
  kElements,    // the underscore sibling of an array: an array of null or kElement
  kMeta,
  kCodings,  // an array of Coding
  kReference,
};

// A member, and the FHIR versions that have it.
struct Rule {
  constexpr Rule(std::string_view member, Shape holds, FhirVersion since = FhirVersion::kDstu2,
                 FhirVersion until = FhirVersion::kR5)
      : name(member), shape(holds), first(since), last(until) {}

  std::string_view name;
  Shape shape;
  FhirVersion first;
  FhirVersion last;
};

using Rules = std::span<const Rule>;

// Each table is also the order in which members are kept.
constexpr auto kBinaryRules = std::to_array<Rule>({
    {"resourceType", Shape::kTypeName},
    {"id", Shape::kId},
    {"contentType", Shape::kMediaType},
    {"securityContext", Shape::kReference, FhirVersion::kStu3},
    {"data", Shape::kPayload, FhirVersion::kR4},
    {"content", Shape::kPayload, FhirVersion::kDstu2, FhirVersion::kStu3},
    {"meta", Shape::kMeta},
    {"implicitRules", Shape::kText},
    {"language", Shape::kText},
    {"_id", Shape::kElement},
    {"_implicitRules", Shape::kElement},
    {"_language", Shape::kElement},
    {"_contentType", Shape::kElement},
    {"_data", Shape::kElement, FhirVersion::kR4},
    {"_content", Shape::kElement, FhirVersion::kDstu2, FhirVersion::kStu3},
});

constexpr auto kElementRules = std::to_array<Rule>({
    {"id", Shape::kString},
    {"extension", Shape::kExtensions},
});

constexpr auto kMetaRules = std::to_array<Rule>({
    {"id", Shape::kString},
    {"extension", Shape::kExtensions},
    {"versionId", Shape::kId},
    {"_versionId", Shape::kElement},
    {"lastUpdated", Shape::kText},
    {"_lastUpdated", Shape::kElement},
    {"source", Shape::kText, FhirVersion::kR4},
    {"_source", Shape::kElement, FhirVersion::kR4},
    {"profile", Shape::kTexts},
    {"_profile", Shape::kElements},
    {"security", Shape::kCodings},
    {"tag", Shape::kCodings},
});

constexpr auto kCodingRules = std::to_array<Rule>({
    {"id", Shape::kString},
    {"extension", Shape::kExtensions},
    {"system", Shape::kText},
    {"_system", Shape::kElement},
    {"version", Shape::kString},
    {"_version", Shape::kElement},
    {"code", Shape::kText},
    {"_code", Shape::kElement},
    {"display", Shape::kString},
    {"_display", Shape::kElement},
    {"userSelected", Shape::kBoolean},
    {"_userSelected", Shape::kElement},
});

constexpr auto kReferenceRules = std::to_array<Rule>({
    {"id", Shape::kString},
    {"extension", Shape::kExtensions},
    {"reference", Shape::kLink},
    {"_reference", Shape::kElement},
    {"type", Shape::kText, FhirVersion::kR4},
    {"_type", Shape::kElement, FhirVersion::kR4},
    {"identifier", Shape::kIdentifier, FhirVersion::kStu3},
    {"display", Shape::kString},
    {"_display", Shape::kElement},
});

std::unexpected<Error> invalid(const std::string& message, IssueType issue) {
  return fail(ErrorCode::kInvalidResource, message, issue);
}

bool is_empty(const JsonValue& value) noexcept {
  return (value.kind == JsonValue::Kind::kArray && value.items.empty()) ||
         (value.kind == JsonValue::Kind::kObject && value.members.empty());
}

Result<void> require(const JsonValue& value, JsonValue::Kind kind, const std::string& place,
                     const char* what) {
  if (value.kind != kind) {
    return invalid("`" + place + "` is not " + what, IssueType::kStructure);
  }
  return {};
}

// The parts whose members we do not know hold no null and no empty string either, except that
// arrays of underscore siblings use null where an item has nothing to say.
Result<void> check_opaque(const JsonValue& value, const std::string& place, bool may_hold_null) {
  if (value.kind == JsonValue::Kind::kNull) {
    return invalid("`" + place + "` holds a null", IssueType::kStructure);
  }
  if (value.is_text("")) {
    return invalid("`" + place + "` holds an empty string", IssueType::kValue);
  }
  for (const JsonValue& item : value.items) {
    if (item.kind != JsonValue::Kind::kNull || !may_hold_null) {
      FHIRBIN_TRY(check_opaque(item, place, false));
    }
  }
  for (const JsonMember& member : value.members) {
    FHIRBIN_TRY(check_opaque(member.value, place, member.name.starts_with('_')));
  }
  return {};
}

Result<void> check_string(const JsonValue& value, const std::string& place) {
  FHIRBIN_TRY(require(value, JsonValue::Kind::kString, place, "a string"));
  if (value.text.empty()) {
    return invalid("`" + place + "` is an empty string", IssueType::kValue);
  }
  return {};
}

Result<void> check_text(const JsonValue& value, const std::string& place) {
  FHIRBIN_TRY(check_string(value, place));
  if (!is_clean_text(value.text)) {
    return invalid("`" + place + "` has control characters", IssueType::kValue);
  }
  return {};
}

// An item of an array of primitives may be null where the array of underscore siblings has
// something to say in its place.
Result<void> check_nulls(const JsonValue& texts, const JsonValue* siblings,
                         const std::string& place) {
  for (std::size_t i = 0; i < texts.items.size(); ++i) {
    const bool has_sibling =
        siblings != nullptr && i < siblings->items.size() && !siblings->items[i].members.empty();
    if (texts.items[i].kind == JsonValue::Kind::kNull && !has_sibling) {
      return invalid("`" + place + "` holds a null", IssueType::kStructure);
    }
  }
  return {};
}

// Checks and orders by the tables, one place at a time.
class Examination {
 public:
  explicit Examination(FhirVersion version) : version_(version) {}

  Result<void> object(JsonValue& value, Rules rules, const std::string& place);

 private:
  Result<void> member(JsonValue& value, Shape shape, const std::string& place);
  static Result<void> string_member(JsonValue& value, Shape shape, const std::string& place);
  Result<void> array_member(JsonValue& value, Shape shape, const std::string& place);
  Result<void> item(JsonValue& value, Shape array_shape, const std::string& place);
  const Rule* find_rule(Rules rules, std::string_view name) const;

  FhirVersion version_;
};

const Rule* Examination::find_rule(Rules rules, std::string_view name) const {
  const auto rule = std::ranges::find(rules, name, &Rule::name);
  const bool is_known = rule != rules.end() && rule->first <= version_ && version_ <= rule->last;
  return is_known ? &*rule : nullptr;
}

Result<void> Examination::object(JsonValue& value, Rules rules, const std::string& place) {
  const std::string name = place.empty() ? "the Binary" : "`" + place + "`";
  if (value.kind != JsonValue::Kind::kObject) {
    return invalid(name + " is not an object", IssueType::kStructure);
  }
  for (JsonMember& each : value.members) {
    const Rule* rule = find_rule(rules, each.name);
    if (rule == nullptr) {
      // The name comes from the sender, so it is not repeated.
      return invalid(name + " has a member that does not belong there in this FHIR version",
                     IssueType::kStructure);
    }
    const std::string_view dot = place.empty() ? "" : ".";
    const std::string member_place = place + std::string(dot) + each.name;
    FHIRBIN_TRY(member(each.value, rule->shape, member_place));
    if (rule->shape == Shape::kTexts) {
      FHIRBIN_TRY(check_nulls(each.value, value.find("_" + each.name), member_place));
    }
  }
  std::erase_if(value.members, [](const JsonMember& each) { return is_empty(each.value); });
  std::ranges::sort(value.members, {},
                    [&](const JsonMember& each) { return find_rule(rules, each.name); });
  return {};
}

Result<void> Examination::member(JsonValue& value, Shape shape, const std::string& place) {
  switch (shape) {
    case Shape::kBoolean:
      return require(value, JsonValue::Kind::kBoolean, place, "a boolean");
    case Shape::kIdentifier:
      FHIRBIN_TRY(require(value, JsonValue::Kind::kObject, place, "an object"));
      return check_opaque(value, place, false);
    case Shape::kElement:
      return object(value, kElementRules, place);
    case Shape::kMeta:
      return object(value, kMetaRules, place);
    case Shape::kReference:
      return object(value, kReferenceRules, place);
    case Shape::kTexts:
    case Shape::kExtensions:
    case Shape::kElements:
    case Shape::kCodings:
      return array_member(value, shape, place);
    default:
      return string_member(value, shape, place);
  }
}

Result<void> Examination::string_member(JsonValue& value, Shape shape, const std::string& place) {
  switch (shape) {
    case Shape::kPayload:
      return value.is_text("") ? Result<void>()
                               : invalid("`" + place + "` is not a string", IssueType::kStructure);
    case Shape::kString:
      return check_string(value, place);
    default:
      FHIRBIN_TRY(check_text(value, place));
  }
  if (shape == Shape::kTypeName && value.text != "Binary") {
    return invalid("the resource is not a Binary", IssueType::kStructure);
  }
  if (shape == Shape::kId && !check_resource_id(value.text)) {
    return invalid("`" + place + "` is outside the id grammar", IssueType::kValue);
  }
  if (shape == Shape::kMediaType && !parse_media_type(value.text)) {
    return invalid("`" + place + "` is no media type of at most 255 bytes", IssueType::kValue);
  }
  if (shape == Shape::kLink && value.text.size() > kMaxReferenceBytes) {
    return invalid("`" + place + "` has more than 1,024 bytes", IssueType::kValue);
  }
  return {};
}

Result<void> Examination::array_member(JsonValue& value, Shape shape, const std::string& place) {
  FHIRBIN_TRY(require(value, JsonValue::Kind::kArray, place, "an array"));
  for (JsonValue& each : value.items) {
    FHIRBIN_TRY(item(each, shape, place));
  }
  if (shape == Shape::kCodings) {
    std::erase_if(value.items, is_empty);
  }
  return {};
}

Result<void> Examination::item(JsonValue& value, Shape array_shape, const std::string& place) {
  switch (array_shape) {
    case Shape::kTexts:  // nulls are judged beside their siblings
      return value.kind == JsonValue::Kind::kNull ? Result<void>() : check_text(value, place);
    case Shape::kCodings:
      return object(value, kCodingRules, place);
    case Shape::kElements:
      return value.kind == JsonValue::Kind::kNull ? Result<void>()
                                                  : object(value, kElementRules, place);
    default:
      FHIRBIN_TRY(require(value, JsonValue::Kind::kObject, place, "an array of objects"));
      return check_opaque(value, place, false);
  }
}

}  // namespace

Result<void> check_and_order_binary(JsonValue& binary, FhirVersion version) {
  FHIRBIN_TRY(Examination(version).object(binary, kBinaryRules, ""));
  for (const std::string_view name : {"resourceType", "contentType"}) {
    if (binary.find(name) == nullptr) {
      return invalid("`" + std::string(name) + "` is missing", IssueType::kRequired);
    }
  }
  return {};
}

}  // namespace fhirbin::fhir
