#include "engine/rest/preference.h"

#include "engine/rest/header_list.h"
#include "engine/util/ascii_text.h"

namespace fhirbin::rest {
namespace {

std::string_view unquoted(std::string_view text) {
  const bool quoted = text.size() >= 2 && text.front() == '"' && text.back() == '"';
  return quoted ? text.substr(1, text.size() - 2) : text;
}

ReturnPreference return_preference(std::string_view value) {
  if (equal_ignoring_case(value, "minimal")) {
    return ReturnPreference::kMinimal;
  }
  if (equal_ignoring_case(value, "representation")) {
    return ReturnPreference::kRepresentation;
  }
  if (equal_ignoring_case(value, "OperationOutcome")) {
    return ReturnPreference::kOperationOutcome;
  }
  return ReturnPreference::kNone;
}

}  // namespace

ReturnPreference parse_prefer(std::string_view value) {
  for (const std::string_view list_item : split_list(value)) {
    const std::string_view preference = trim(list_item.substr(0, list_item.find(';')));
    const std::size_t equals = preference.find('=');
    if (equals == std::string_view::npos) {
      continue;
    }
    const std::string_view name = trim(preference.substr(0, equals));
    const std::string_view wanted = unquoted(trim(preference.substr(equals + 1)));
    if (equal_ignoring_case(name, "representation") && equal_ignoring_case(wanted, "resource")) {
      return ReturnPreference::kRepresentation;
    }
    if (equal_ignoring_case(name, "return")) {
      return return_preference(wanted);
    }
  }
  return ReturnPreference::kNone;
}

}  // namespace fhirbin::rest
