#include "tests/model/resource_text.h"

#include <string_view>

#include "tests/support/fhir_versions.h"

namespace fhirbin::testing {
namespace {

constexpr std::string_view kDataAbsent =
    R"({"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/data-absent-reason",)"
    R"("valueCode":"unsupported"}]})";

std::string base64(ByteSpan bytes) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    unsigned group = 0;
    for (std::size_t i = at; i < at + 3; ++i) {
      group = (group << 8) | (i < bytes.size() ? std::to_integer<unsigned>(bytes[i]) : 0U);
    }
    for (int shift = 18; shift >= 0; shift -= 6) {
      text.push_back(kDigits[(group >> shift) & 0x3F]);
    }
  }
  for (std::size_t i = bytes.size(); i % 3 != 0; ++i) {
    text[text.size() - (i - bytes.size()) - 1] = '=';
  }
  return text;
}

// Nothing in this suite needs an escape inside a JSON string.
void append_text(std::string& json, std::string_view name, std::string_view text) {
  if (!text.empty()) {
    json += ",\"" + std::string(name) + "\":\"" + std::string(text) + '"';
  }
}

std::string codings_json(const std::vector<Coding>& codings) {
  std::string json;
  for (const Coding& coding : codings) {
    json += json.empty() ? "[" : ",";
    json += R"({"system":"urn:model")";
    append_text(json, "code", coding.code);
    append_text(json, "display", coding.display);
    json += '}';
  }
  return json + "]";
}

// The members of meta that a caller may set, each behind a comma.
std::string meta_members(const ModelElements& elements) {
  std::string json;
  if (!elements.profile.empty()) {
    json += ",\"profile\":[\"" + elements.profile + "\"]";
  }
  if (!elements.security.empty()) {
    json += ",\"security\":" + codings_json(elements.security);
  }
  if (!elements.tags.empty()) {
    json += ",\"tag\":" + codings_json(elements.tags);
  }
  return json;
}

// From language to securityContext, each member behind a comma.
std::string middle_members(const ModelElements& elements, std::string_view content_type,
                           std::string_view security_context) {
  std::string json;
  append_text(json, "language", elements.language);
  append_text(json, "contentType", content_type);
  if (!security_context.empty()) {
    json += R"(,"securityContext":{"reference":")" + std::string(security_context) + "\"}";
  }
  return json;
}

// The tag of a summary that leaves content out.
std::string subsetted_tag(FhirVersion version) {
  const std::string system = version <= FhirVersion::kStu3
                                 ? "http://hl7.org/fhir/v3/ObservationValue"
                                 : "http://terminology.hl7.org/CodeSystem/v3-ObservationValue";
  return R"({"system":")" + system + R"(","code":"SUBSETTED"})";
}

// `meta` with another tag, which comes last.
std::string with_tag(std::string meta, const std::string& tag) {
  if (!meta.contains("\"tag\":[")) {
    return meta + ",\"tag\":[" + tag + ']';
  }
  meta.pop_back();
  return meta + ',' + tag + ']';
}

std::string whole_resource(const ModelVersion& version, std::string_view payload_member,
                           const std::string& extra_tag = "") {
  const VersionInfo& info = version.info;
  std::string json = R"({"resourceType":"Binary","id":")" + info.id + R"(","meta":{"versionId":")" +
                     std::to_string(info.version) + '"';
  append_text(json, "lastUpdated", format_instant(info.last_updated));
  const std::string meta = meta_members(version.elements);
  json += (extra_tag.empty() ? meta : with_tag(meta, extra_tag)) + '}';
  json += middle_members(version.elements, info.content_type, info.security_context);
  return json + std::string(payload_member) + '}';
}

}  // namespace

std::string resource_json(const ModelVersion& version, FhirVersion fhir_version,
                          const JsonOptions& options) {
  if (version.content->empty()) {
    return whole_resource(version, "");
  }
  if (options.summary) {
    return whole_resource(version, "", subsetted_tag(fhir_version));
  }
  std::string payload;
  append_text(payload, payload_of(fhir_version), base64(*version.content));
  std::string whole = whole_resource(version, payload);
  if (options.view) {
    const bool by_payload = options.view->measure == InlinePolicy::Measure::kPayload;
    const std::size_t size = by_payload ? version.content->size() : whole.size();
    if (size > options.view->inline_limit_bytes) {  // E2: exactly the limit stays
      return whole_resource(version,
                            ",\"_" + payload_of(fhir_version) + "\":" + std::string(kDataAbsent));
    }
  }
  return whole;
}

std::string binary_body(const ModelDraft& draft, FhirVersion fhir_version, const BodyShape& shape) {
  std::string members;
  if (!shape.type_last) {
    members += R"(,"resourceType":"Binary")";
  }
  append_text(members, "id", shape.id);
  if (const std::string meta = meta_members(draft.elements); !meta.empty()) {
    members += ",\"meta\":{" + meta.substr(1) + '}';
  }
  members += middle_members(draft.elements, draft.content_type, shape.security_context);
  if (shape.without_payload) {
    members += ",\"_" + payload_of(fhir_version) + "\":" + std::string(kDataAbsent);
  } else {
    append_text(members, payload_of(fhir_version), base64(*draft.content));
  }
  if (shape.type_last) {
    members += R"(,"resourceType":"Binary")";
  }
  std::string json = '{' + members.substr(1) + '}';
  return shape.cut_off ? json.substr(0, json.size() - 1) : json;
}

std::string other_resource_body(std::size_t size_bytes) {
  return R"({"resourceType":"Basic","id":"other","language":")" + std::string(size_bytes, 'x') +
         "\"}";
}

}  // namespace fhirbin::testing
