#include "engine/fhir/resource_writer.h"

#include "engine/codec/base64.h"
#include "engine/fhir/data_absent_reason.h"
#include "engine/fhir/envelope.h"
#include "engine/fhir/json_value.h"
#include "engine/util/try.h"

namespace fhirbin::fhir {
namespace {

void append_name(std::string& target, std::string_view name) {
  target.push_back(',');
  append_json_string(target, name);
  target.push_back(':');
}

void append_text_member(std::string& target, std::string_view name, std::string_view text) {
  append_name(target, name);
  append_json_string(target, text);
}

// Writes members of `elements` and counts them, so that one we do not know is noticed.
class ElementWriter {
 public:
  explicit ElementWriter(const JsonValue& elements) : elements_(elements) {}

  void append(std::string& target, std::string_view name) {
    if (const JsonValue* value = take(name)) {
      append_name(target, name);
      append_json(target, *value);
    }
  }

  const JsonValue* take(std::string_view name) {
    const JsonValue* value = elements_.find(name);
    taken_ += value == nullptr ? 0 : 1;
    return value;
  }

  bool took_all() const noexcept { return taken_ == elements_.members.size(); }

 private:
  const JsonValue& elements_;
  std::size_t taken_ = 0;
};

// Says that the resource is not all there; whoever sends it back would empty the content.
JsonValue subsetted_tag(FhirVersion version) {
  JsonValue tag = JsonValue::make_object();
  tag.members.push_back(
      {"system",
       JsonValue::make_string(version <= FhirVersion::kStu3
                                  ? "http://hl7.org/fhir/v3/ObservationValue"
                                  : "http://terminology.hl7.org/CodeSystem/v3-ObservationValue")});
  tag.members.push_back({"code", JsonValue::make_string("SUBSETTED")});
  return tag;
}

// `kept` with the tag added; tags come last in meta.
JsonValue with_subsetted_tag(const JsonValue* kept, FhirVersion version) {
  JsonValue meta = kept == nullptr ? JsonValue::make_object() : *kept;
  if (meta.find("tag") == nullptr) {
    meta.members.push_back({"tag", JsonValue::make_array()});
  }
  meta.find("tag")->items.push_back(subsetted_tag(version));
  return meta;
}

void append_meta(std::string& target, const ResourceFields& fields, const JsonValue* kept) {
  append_name(target, "meta");
  target += R"({"versionId":")" + std::to_string(fields.version) + '"';
  append_text_member(target, "lastUpdated", format_instant(fields.last_updated));
  if (kept != nullptr) {
    for (const JsonMember& member : kept->members) {
      append_name(target, member.name);
      append_json(target, member.value);
    }
  }
  target.push_back('}');
}

// The payload's underscore sibling, with the data-absent-reason where that takes the payload's
// place.
void append_payload_sibling(std::string& target, const std::string& name, const JsonValue* kept,
                            PayloadForm form) {
  JsonValue sibling = JsonValue::make_object();
  if (kept != nullptr) {
    sibling = *kept;
  }
  if (form == PayloadForm::kAbsent) {
    add_data_absent_reason(sibling);
  }
  if (!sibling.members.empty()) {
    append_name(target, name);
    append_json(target, sibling);
  }
}

Result<JsonValue> read_elements(std::string_view elements) {
  if (elements == "{}") {
    return JsonValue::make_object();
  }
  FHIRBIN_TRY_ASSIGN(JsonValue read, parse_stored_object(elements));
  for (const JsonMember& member : read.members) {
    if (const bool is_text = member.name == "implicitRules" || member.name == "language";
        member.value.kind != (is_text ? JsonValue::Kind::kString : JsonValue::Kind::kObject)) {
      return fail(ErrorCode::kCorrupt, "stored resource elements have a member of a wrong type");
    }
  }
  return read;
}

// Appends the members that stand before the payload.
Result<void> append_head(std::string& head, const ResourceFields& fields, FhirVersion version,
                         PayloadForm form, ElementWriter& elements) {
  head = R"({"resourceType":"Binary")";
  append_text_member(head, "id", fields.id);
  elements.append(head, "_id");
  const JsonValue* const meta = elements.take("meta");
  if (form == PayloadForm::kSummary) {
    const JsonValue marked = with_subsetted_tag(meta, version);
    append_meta(head, fields, &marked);
  } else {
    append_meta(head, fields, meta);
  }
  for (const std::string_view name : {"implicitRules", "_implicitRules", "language", "_language"}) {
    elements.append(head, name);
  }
  append_text_member(head, "contentType", fields.content_type);
  elements.append(head, "_contentType");
  if (!fields.security_context.empty() && version != FhirVersion::kDstu2) {
    FHIRBIN_TRY_ASSIGN(const JsonValue reference, parse_stored_object(fields.security_context));
    append_name(head, "securityContext");
    append_json(head, reference);
  }
  return {};
}

}  // namespace

Result<ResourceFrame> make_resource_frame(const ResourceFields& fields, FhirVersion version,
                                          PayloadForm form) {
  FHIRBIN_TRY_ASSIGN(const JsonValue elements, read_elements(fields.elements));
  ElementWriter writer(elements);
  ResourceFrame frame;
  FHIRBIN_TRY(append_head(frame.head, fields, version, form, writer));
  const std::string payload(payload_member(version));
  if (form == PayloadForm::kInline) {
    append_name(frame.head, payload);
    frame.head.push_back('"');
    frame.tail.push_back('"');
  }
  const std::string sibling = "_" + payload;
  append_payload_sibling(frame.tail, sibling, writer.take(sibling), form);
  frame.tail.push_back('}');
  if (!writer.took_all()) {
    return fail(ErrorCode::kCorrupt, "stored resource elements have an unknown member");
  }
  return frame;
}

std::uint64_t serialized_size(const ResourceFrame& inline_frame,
                              std::uint64_t content_bytes) noexcept {
  return inline_frame.head.size() + codec::base64_length(content_bytes) + inline_frame.tail.size();
}

void append_json_string(std::string& target, std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  target.push_back('"');
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      target.push_back('\\');
      target.push_back(c);
    } else if (byte >= 0x20) {
      target.push_back(c);
    } else if (c == '\n') {
      target += "\\n";
    } else if (c == '\r') {
      target += "\\r";
    } else if (c == '\t') {
      target += "\\t";
    } else if (c == '\b') {  // no escape is longer than what the sender can have written
      target += "\\b";
    } else if (c == '\f') {
      target += "\\f";
    } else {
      target += "\\u00";
      target.push_back(kDigits[byte >> 4]);
      target.push_back(kDigits[byte & 0xF]);
    }
  }
  target.push_back('"');
}

}  // namespace fhirbin::fhir
