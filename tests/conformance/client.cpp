#include "tests/conformance/client.h"

#include <algorithm>

#include <strings.h>

namespace fhirbin::testing {
namespace {

bool has_name(const rest::Header& header, std::string_view name) {
  return header.name.size() == name.size() &&
         ::strncasecmp(header.name.data(), name.data(), name.size()) == 0;
}

}  // namespace

std::optional<std::string> Reply::header(std::string_view name) const {
  const auto found = std::ranges::find_if(
      headers, [name](const rest::Header& each) { return has_name(each, name); });
  return found == headers.end() ? std::nullopt : std::optional(found->value);
}

std::size_t Reply::count(std::string_view name) const {
  return static_cast<std::size_t>(std::ranges::count_if(
      headers, [name](const rest::Header& each) { return has_name(each, name); }));
}

std::unique_ptr<Client> make_client(Transport transport, const ServiceSetup& setup) {
  return is_http(transport) ? make_curl_client(setup) : make_in_process_client(transport, setup);
}

std::unique_ptr<Client> make_in_process_client(Transport transport, const ServiceSetup& setup) {
  return make_in_process_client(transport, setup, {});
}

}  // namespace fhirbin::testing
