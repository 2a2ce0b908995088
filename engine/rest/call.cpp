#include "engine/rest/call.h"

#include <algorithm>

namespace fhirbin::rest {
namespace {

// A Host header comes from the client and goes into answers, so only what a host can be passes.
bool is_host(std::string_view text) noexcept {
  return !text.empty() && text.size() <= 255 && std::ranges::all_of(text, [](char c) {
    const bool is_alphanumeric =
        ('0' <= c && c <= '9') || ('a' <= c && c <= 'z') || ('A' <= c && c <= 'Z');
    return is_alphanumeric || c == '.' || c == '-' || c == '_' || c == ':' || c == '[' || c == ']';
  });
}

}  // namespace

std::string Call::base_url() const {
  if (!options->origin.empty()) {
    return options->origin + route.base;
  }
  const auto host = headers().find("Host");
  return host && is_host(*host) ? "http://" + std::string(*host) + route.base : route.base;
}

std::string Call::version_url(const VersionInfo& info) const {
  return base_url() + "/Binary/" + info.id + "/_history/" + std::to_string(info.version);
}

}  // namespace fhirbin::rest
