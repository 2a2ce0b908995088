#include "tools/http/access_log.h"

#include <algorithm>
#include <array>

#include <unistd.h>

#include "fhirbin/instant.h"
#include "tools/utf8.h"

namespace fhirbin::tool {
namespace {

bool is_known_segment(std::string_view segment) {
  constexpr std::array<std::string_view, 14> kKnown = {
      "",         "fhir",      "Binary",   "_history",   "metadata", "$changes", "$purge",
      "projects", "locations", "datasets", "fhirStores", "v1",       "v1beta1",  "_search"};
  return std::ranges::find(kKnown, segment) != kKnown.end();
}

// Anything else might be a value where a name should be.
bool is_known_parameter(std::string_view name) {
  constexpr std::array<std::string_view, 11> kKnown = {
      "_at",    "_count",   "_elements", "_format", "_page_token", "_pretty",
      "_since", "_summary", "after",     "payload", "timeout"};
  return std::ranges::find(kKnown, name) != kKnown.end();
}

std::string shape_of_path(std::string_view path) {
  std::string shape;
  while (true) {
    const std::string_view segment = path.substr(0, path.find('/'));
    shape += is_known_segment(segment) ? segment : "*";
    if (segment.size() == path.size()) {
      return shape;
    }
    path.remove_prefix(segment.size() + 1);
    shape += '/';
  }
}

}  // namespace

std::string shape_of_target(std::string_view target) {
  const std::size_t question = std::min(target.find('?'), target.size());
  std::string shape = shape_of_path(target.substr(0, question));
  std::string_view query = target.substr(question);
  char separator = '?';
  while (!query.empty()) {
    query.remove_prefix(1);
    const std::string_view each = query.substr(0, query.find('&'));
    query.remove_prefix(each.size());
    const std::string_view name = each.substr(0, each.find('='));
    shape += separator;
    shape += is_known_parameter(name) ? name : "*";
    shape += name.size() < each.size() ? "=*" : "";
    separator = '&';
  }
  return shape;
}

void AccessLog::write(const Entry& entry) {
  const auto now = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  std::string line = format_instant(now);
  line += ' ';
  line += entry.method.empty() ? "-" : printable(entry.method.substr(0, 16));
  line += ' ';
  line += targets_ == Targets::kWhole ? printable(entry.target) : shape_of_target(entry.target);
  line += ' ';
  line += entry.status == 0 ? "-" : std::to_string(entry.status);
  line += " in=" + std::to_string(entry.request_bytes);
  line += " out=" + std::to_string(entry.response_bytes);
  line += " us=" + std::to_string(entry.took.count()) + '\n';
  const std::lock_guard lock(mutex_);
  // A log that cannot be written must not stop the service.
  [[maybe_unused]] const auto written = ::write(descriptor_, line.data(), line.size());
}

}  // namespace fhirbin::tool
