#include "engine/fhir/envelope.h"

#include <algorithm>
#include <optional>

#include "engine/fhir/data_absent_reason.h"
#include "engine/fhir/element_rules.h"
#include "engine/fhir/media_type.h"
#include "engine/util/try.h"

namespace fhirbin::fhir {
namespace {

// Takes a member out of an object; nothing when there is none.
std::optional<JsonValue> take_member(JsonValue& object, std::string_view name) {
  const auto at = std::ranges::find(object.members, name, &JsonMember::name);
  if (at == object.members.end()) {
    return std::nullopt;
  }
  JsonValue value = std::move(at->value);
  object.members.erase(at);
  return value;
}

std::string take_text(JsonValue& object, std::string_view name) {
  const std::optional<JsonValue> value = take_member(object, name);
  return value ? value->text : std::string();
}

bool is_subsetted(const JsonValue& meta) {
  const JsonValue* tags = meta.find("tag");
  // HL7 moved the code system between versions, so the code alone decides.
  return tags != nullptr && std::ranges::any_of(tags->items, [](const JsonValue& tag) {
           const JsonValue* code = tag.find("code");
           return code != nullptr && code->is_text("SUBSETTED");
         });
}

// The server gives every version its own number and time, so the sender's go, with what was said of
// them.
void drop_version_and_time(JsonValue& meta) {
  for (const std::string_view name : {"versionId", "_versionId", "lastUpdated", "_lastUpdated"}) {
    (void)take_member(meta, name);  // may be absent
  }
}

void drop_if_empty(JsonValue& object, std::string_view name) {
  const JsonValue* value = object.find(name);
  if (value != nullptr && value->members.empty()) {
    (void)take_member(object, name);  // dropped on purpose
  }
}

}  // namespace

Result<Envelope> parse_envelope(std::string_view json, FhirVersion version) {
  FHIRBIN_TRY_ASSIGN(JsonValue binary, parse_json(json));
  FHIRBIN_TRY(check_and_order_binary(binary, version));
  Envelope envelope;
  (void)take_member(binary, "resourceType");           // was checked
  (void)take_member(binary, payload_member(version));  // the content is elsewhere
  envelope.id = take_text(binary, "id");
  envelope.content_type = trim_header_value(take_text(binary, "contentType"));
  if (const std::optional<JsonValue> reference = take_member(binary, "securityContext")) {
    append_json(envelope.security_context, *reference);
  }
  if (JsonValue* meta = binary.find("meta")) {
    envelope.subsetted = is_subsetted(*meta);
    drop_version_and_time(*meta);
    drop_if_empty(binary, "meta");
  }
  // Content that is there is not absent, and content that is not is refused by the caller: either
  // way the reason must not stay with what is stored.
  const std::string sibling_name = "_" + std::string(payload_member(version));
  if (JsonValue* sibling = binary.find(sibling_name)) {
    envelope.payload_absent_reason = remove_data_absent_reason(*sibling);
    drop_if_empty(binary, sibling_name);
  }
  append_json(envelope.elements, binary);
  return envelope;
}

std::string_view payload_member(FhirVersion version) noexcept {
  return version <= FhirVersion::kStu3 ? "content" : "data";
}

}  // namespace fhirbin::fhir
