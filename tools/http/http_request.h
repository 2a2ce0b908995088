#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "fhirbin/rest.h"

namespace fhirbin::tool {

// One request from its line to the end of its answer.
struct HttpRequest {
  std::string target;  // as it came; libmicrohttpd decodes its own copy in place
  std::string method;
  std::optional<rest::Response> answer;  // known already, and due at the request's end
  std::optional<rest::Exchange> exchange;
  bool began = false;
  int status = 0;
  std::uint64_t request_bytes = 0;
  std::uint64_t response_bytes = 0;
  std::chrono::steady_clock::time_point start = std::chrono::steady_clock::now();
};

}  // namespace fhirbin::tool
