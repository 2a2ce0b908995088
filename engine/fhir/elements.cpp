#include "engine/fhir/elements.h"

#include <unordered_map>

#include "engine/fhir/json_value.h"
#include "engine/fhir/resource_writer.h"
#include "engine/util/try.h"

namespace fhirbin::fhir {
namespace {

std::string_view text_of(const JsonValue& object, std::string_view name) {
  const JsonValue* value = object.find(name);
  return value == nullptr ? std::string_view() : std::string_view(value->text);
}

// What makes two codings the same. One without system and code is the same only as its equal;
// otherwise it would be added again by every update that repeats it.
std::string coding_key(const JsonValue& coding) {
  const std::string_view system = text_of(coding, "system");
  const std::string_view code = text_of(coding, "code");
  std::string key;
  if (system.empty() && code.empty()) {
    append_json(key, coding);
    return key;
  }
  append_json_string(key, system);
  append_json_string(key, code);
  return key;
}

// The codings of `former` in their order, each replaced by its counterpart of `next`, then the new
// ones: an update that repeats what is there changes nothing.
JsonValue merge_codings(const JsonValue* former, const JsonValue* next) {
  JsonValue merged = JsonValue::make_array();
  std::unordered_map<std::string, std::size_t> places;
  for (const JsonValue* source : {former, next}) {
    if (source == nullptr) {
      continue;
    }
    for (const JsonValue& coding : source->items) {
      const auto [place, is_new] = places.try_emplace(coding_key(coding), merged.items.size());
      if (!is_new) {
        merged.items[place->second] = coding;
        continue;
      }
      merged.items.push_back(coding);
    }
  }
  return merged;
}

// `security` and `tag` come last in meta, so they are appended in this order.
JsonValue merge_meta(const JsonValue* former, const JsonValue* next) {
  JsonValue merged = JsonValue::make_object();
  if (next != nullptr) {
    merged = *next;
  }
  for (const std::string_view name : {"security", "tag"}) {
    JsonValue codings = merge_codings(former == nullptr ? nullptr : former->find(name),
                                      next == nullptr ? nullptr : next->find(name));
    std::erase_if(merged.members, [&](const JsonMember& member) { return member.name == name; });
    if (!codings.items.empty()) {
      merged.members.push_back({std::string(name), std::move(codings)});
    }
  }
  return merged;
}

}  // namespace

Result<std::string> merge_elements(std::string_view former, std::string_view next) {
  FHIRBIN_TRY_ASSIGN(const JsonValue old, parse_stored_object(former));
  FHIRBIN_TRY_ASSIGN(JsonValue merged, parse_stored_object(next));
  JsonValue meta = merge_meta(old.find("meta"), merged.find("meta"));
  std::erase_if(merged.members, [](const JsonMember& member) { return member.name == "meta"; });
  if (!meta.members.empty()) {
    merged.members.insert(merged.members.begin(), {"meta", std::move(meta)});
  }
  std::string text;
  append_json(text, merged);
  return text;
}

std::string make_reference(std::string_view reference) {
  if (reference.empty()) {
    return {};
  }
  std::string text = R"({"reference":)";
  append_json_string(text, reference);
  text.push_back('}');
  return text;
}

Result<std::string> reference_of(std::string_view reference_json) {
  if (reference_json.empty()) {
    return std::string();
  }
  FHIRBIN_TRY_ASSIGN(const JsonValue reference, parse_stored_object(reference_json));
  return std::string(text_of(reference, "reference"));
}

}  // namespace fhirbin::fhir
