#include "tests/support/json_document.h"

#include <simdjson.h>

namespace fhirbin::testing {

struct JsonDocument::Impl {
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  bool is_json = false;

  std::optional<simdjson::dom::element> at(std::string_view pointer) const {
    simdjson::dom::element found;
    if (!is_json || root.at_pointer(pointer).get(found) != simdjson::SUCCESS) {
      return std::nullopt;
    }
    return found;
  }
};

JsonDocument::JsonDocument(std::string_view text) : impl_(std::make_unique<Impl>()) {
  impl_->is_json =
      impl_->parser.parse(text.data(), text.size()).get(impl_->root) == simdjson::SUCCESS;
}

JsonDocument::JsonDocument(JsonDocument&&) noexcept = default;
JsonDocument::~JsonDocument() = default;

bool JsonDocument::is_json() const noexcept { return impl_->is_json; }

bool JsonDocument::has(std::string_view pointer) const { return impl_->at(pointer).has_value(); }

std::optional<std::string> JsonDocument::text(std::string_view pointer) const {
  std::string_view text;
  const auto found = impl_->at(pointer);
  if (!found || found->get_string().get(text) != simdjson::SUCCESS) {
    return std::nullopt;
  }
  return std::string(text);
}

std::string JsonDocument::json(std::string_view pointer) const {
  const auto found = impl_->at(pointer);
  return found ? std::string(simdjson::minify(*found)) : std::string();
}

std::vector<std::string> JsonDocument::names(std::string_view pointer) const {
  std::vector<std::string> names;
  simdjson::dom::object object;
  const auto found = impl_->at(pointer);
  if (found && found->get_object().get(object) == simdjson::SUCCESS) {
    for (const auto field : object) {
      names.emplace_back(field.key);
    }
  }
  return names;
}

std::vector<std::string> lines_of(std::string_view ndjson) {
  std::vector<std::string> lines;
  while (!ndjson.empty()) {
    const std::size_t end = ndjson.find('\n');
    if (end == std::string_view::npos) {
      lines.emplace_back("(a line without an end)");
      break;
    }
    lines.emplace_back(ndjson.substr(0, end));
    ndjson.remove_prefix(end + 1);
  }
  return lines;
}

}  // namespace fhirbin::testing
