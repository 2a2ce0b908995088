#include "engine/rest/header_list.h"

#include <algorithm>

#include "engine/util/ascii_text.h"

namespace fhirbin::rest {
std::vector<std::string_view> split_list(std::string_view value) {
  std::vector<std::string_view> parts;
  std::size_t start = 0;
  bool quoted = false;
  const auto take = [&](std::size_t end) {
    if (const std::string_view part = trim(value.substr(start, end - start)); !part.empty()) {
      parts.push_back(part);
    }
    start = end + 1;
  };
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value[i] == '"') {
      quoted = !quoted;
    } else if (quoted && value[i] == '\\') {
      ++i;
    } else if (!quoted && value[i] == ',') {
      take(i);
    }
  }
  take(value.size());
  return parts;
}

std::optional<std::string_view> HeaderList::find(std::string_view name) const noexcept {
  for (const Header& header : *headers_) {
    if (equal_ignoring_case(header.name, name)) {
      return trim(header.value);
    }
  }
  return std::nullopt;
}

std::optional<std::string> HeaderList::combined(std::string_view name) const {
  std::optional<std::string> all;
  for (const Header& header : *headers_) {
    if (equal_ignoring_case(header.name, name)) {
      all = all ? *all + ", " + header.value : header.value;
    }
  }
  return all;
}

std::size_t HeaderList::count(std::string_view name) const noexcept {
  return static_cast<std::size_t>(std::ranges::count_if(
      *headers_, [name](const Header& header) { return equal_ignoring_case(header.name, name); }));
}

}  // namespace fhirbin::rest
