#include "engine/fhir/data_absent_reason.h"

#include <algorithm>

namespace fhirbin::fhir {
namespace {

bool is_data_absent_reason(const JsonValue& extension) {
  const JsonValue* url = extension.find("url");
  return url != nullptr && url->is_text(kDataAbsentReasonUrl);
}

}  // namespace

bool remove_data_absent_reason(JsonValue& sibling) {
  JsonValue* extensions = sibling.find("extension");
  if (extensions == nullptr || std::erase_if(extensions->items, is_data_absent_reason) == 0) {
    return false;
  }
  if (extensions->items.empty()) {
    std::erase_if(sibling.members, [](const JsonMember& m) { return m.name == "extension"; });
  }
  return true;
}

void add_data_absent_reason(JsonValue& sibling) {
  JsonValue extension = JsonValue::make_object();
  extension.members.push_back({"url", JsonValue::make_string(kDataAbsentReasonUrl)});
  extension.members.push_back({"valueCode", JsonValue::make_string("unsupported")});
  if (sibling.find("extension") == nullptr) {
    sibling.members.push_back({"extension", JsonValue::make_array()});
  }
  sibling.find("extension")->items.push_back(std::move(extension));
}

}  // namespace fhirbin::fhir
