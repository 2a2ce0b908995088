#include "engine/fhir/json_value.h"

#include <algorithm>

#include <simdjson.h>

#include "engine/fhir/envelope.h"
#include "engine/fhir/json_grammar.h"
#include "engine/fhir/json_string.h"
#include "engine/fhir/resource_writer.h"
#include "engine/util/try.h"

namespace fhirbin::fhir {
namespace {

namespace ondemand = simdjson::ondemand;

std::unexpected<Error> malformed() {
  return fail(ErrorCode::kInvalidResource, "the resource is not JSON", IssueType::kStructure);
}

// simdjson's On-Demand parser checks only what it visits and lets trailing text pass, so the
// grammar is checked before it; the DOM parser would lose how numbers are written.
bool is_json(std::string_view text) {
  JsonGrammar grammar;
  JsonStringScanner string;
  while (!text.empty()) {
    const JsonGrammar::Event event = grammar.step(text.front());
    text.remove_prefix(1);
    if (event == JsonGrammar::Event::kFault || event == JsonGrammar::Event::kTooDeep) {
      return false;
    }
    if (event == JsonGrammar::Event::kKey || event == JsonGrammar::Event::kString) {
      string.begin(JsonStringScanner::RawBreaks::kRefused);
      JsonStringScanner::Step step = JsonStringScanner::Step::kText;
      while (step == JsonStringScanner::Step::kText) {
        step = string.next(text).step;
      }
      if (step != JsonStringScanner::Step::kEnd) {
        return false;
      }
    }
  }
  return grammar.is_complete();
}

Result<void> check_names(const std::vector<JsonMember>& members) {
  std::vector<std::string_view> names;
  names.reserve(members.size());
  for (const JsonMember& member : members) {
    names.emplace_back(member.name);
  }
  std::ranges::sort(names);
  if (std::ranges::adjacent_find(names) != names.end()) {
    return fail(ErrorCode::kInvalidResource, "the resource has a member that stands twice",
                IssueType::kStructure);
  }
  return {};
}

std::string_view trim_token(std::string_view token) {
  const std::size_t end = token.find_last_not_of(" \t\r\n");
  return token.substr(0, end + 1);
}

Result<JsonValue> build(ondemand::value source, std::size_t depth);

Result<JsonValue> build_object(ondemand::value source, std::size_t depth) {
  ondemand::object object;
  if (source.get_object().get(object) != simdjson::SUCCESS) {
    return malformed();
  }
  JsonValue built = JsonValue::make_object();
  for (auto next : object) {
    ondemand::field field;
    std::string_view name;
    if (std::move(next).get(field) != simdjson::SUCCESS ||
        field.unescaped_key().get(name) != simdjson::SUCCESS) {
      return malformed();
    }
    std::string owned_name(name);
    FHIRBIN_TRY_ASSIGN(JsonValue value, build(field.value(), depth + 1));
    built.members.push_back({.name = std::move(owned_name), .value = std::move(value)});
  }
  FHIRBIN_TRY(check_names(built.members));
  return built;
}

Result<JsonValue> build_array(ondemand::value source, std::size_t depth) {
  ondemand::array array;
  if (source.get_array().get(array) != simdjson::SUCCESS) {
    return malformed();
  }
  JsonValue built = JsonValue::make_array();
  for (auto next : array) {
    ondemand::value item;
    if (std::move(next).get(item) != simdjson::SUCCESS) {
      return malformed();
    }
    FHIRBIN_TRY_ASSIGN(JsonValue value, build(item, depth + 1));
    built.items.push_back(std::move(value));
  }
  return built;
}

Result<JsonValue> build_scalar(ondemand::value source, ondemand::json_type type) {
  JsonValue built;
  if (type == ondemand::json_type::string) {
    std::string_view text;
    if (source.get_string().get(text) != simdjson::SUCCESS) {
      return malformed();
    }
    return JsonValue::make_string(text);
  }
  built.text = trim_token(source.raw_json_token());
  if (type == ondemand::json_type::number) {
    built.kind = JsonValue::Kind::kNumber;
  } else if (type == ondemand::json_type::boolean) {
    built.kind = JsonValue::Kind::kBoolean;
  }
  return built;
}

Result<JsonValue> build(ondemand::value source, std::size_t depth) {
  ondemand::json_type type{};
  if (source.type().get(type) != simdjson::SUCCESS) {
    return malformed();
  }
  const bool is_object = type == ondemand::json_type::object;
  if (!is_object && type != ondemand::json_type::array) {
    return build_scalar(source, type);
  }
  if (depth > kMaxJsonDepth) {
    return fail(ErrorCode::kInvalidResource, "the resource is nested too deeply",
                IssueType::kInvalid);
  }
  return is_object ? build_object(source, depth) : build_array(source, depth);
}

}  // namespace

const JsonValue* JsonValue::find(std::string_view name) const noexcept {
  const auto at = std::ranges::find(members, name, &JsonMember::name);
  return at == members.end() ? nullptr : &at->value;
}

JsonValue* JsonValue::find(std::string_view name) noexcept {
  const auto at = std::ranges::find(members, name, &JsonMember::name);
  return at == members.end() ? nullptr : &at->value;
}

JsonValue JsonValue::make_string(std::string_view text) {
  JsonValue value;
  value.kind = Kind::kString;
  value.text = text;
  return value;
}

JsonValue JsonValue::make_array() {
  JsonValue value;
  value.kind = Kind::kArray;
  return value;
}

JsonValue JsonValue::make_object() {
  JsonValue value;
  value.kind = Kind::kObject;
  return value;
}

Result<JsonValue> parse_json(std::string_view json) {
  if (!is_json(json)) {
    return malformed();
  }
  std::string padded;
  padded.reserve(json.size() + simdjson::SIMDJSON_PADDING);
  padded = json;
  ondemand::parser parser;
  ondemand::document document;
  ondemand::value root;
  const simdjson::padded_string_view view(padded.data(), padded.size(), padded.capacity());
  // A document whose root is no object or array has no `value`; no envelope is such a one.
  if (parser.iterate(view).get(document) != simdjson::SUCCESS ||
      document.get_value().get(root) != simdjson::SUCCESS) {
    return malformed();
  }
  return build(root, 1);
}

Result<JsonValue> parse_stored_object(std::string_view json) {
  Result<JsonValue> value = parse_json(json);
  if (!value || value->kind != JsonValue::Kind::kObject) {
    return fail(ErrorCode::kCorrupt, "stored resource elements are not a JSON object");
  }
  return value;
}

void append_json(std::string& target, const JsonValue& value) {
  bool is_first = true;
  const auto separate = [&] {
    if (!std::exchange(is_first, false)) {
      target.push_back(',');
    }
  };
  switch (value.kind) {
    case JsonValue::Kind::kNull:
      target += "null";
      return;
    case JsonValue::Kind::kBoolean:
    case JsonValue::Kind::kNumber:
      target += value.text;
      return;
    case JsonValue::Kind::kString:
      append_json_string(target, value.text);
      return;
    case JsonValue::Kind::kArray:
      target.push_back('[');
      for (const JsonValue& item : value.items) {
        separate();
        append_json(target, item);
      }
      target.push_back(']');
      return;
    case JsonValue::Kind::kObject:
      target.push_back('{');
      for (const JsonMember& member : value.members) {
        separate();
        append_json_string(target, member.name);
        target.push_back(':');
        append_json(target, member.value);
      }
      target.push_back('}');
      return;
  }
}

}  // namespace fhirbin::fhir
