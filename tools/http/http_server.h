#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "fhirbin/rest.h"
#include "tools/http/http_gate.h"

namespace fhirbin::tool {

class AccessLog;

struct HttpServerOptions {
  std::string address = "127.0.0.1";  // IPv4 or IPv6, in numbers
  std::uint16_t port = 0;             // 0: one that is free
  unsigned max_connections = 256;
  // No byte either way for this long ends a connection.
  std::chrono::seconds idle_timeout{60};
  // A request's line and headers must be complete this long after they could have begun.
  std::chrono::seconds header_timeout{30};
  // A body must bring at least this much on average, counted after header_timeout more. Only time
  // that the server waits for it counts.
  std::uint64_t min_body_bytes_per_second = 1024;
  // Headers and target together; more is refused.
  std::size_t max_header_bytes = std::size_t{128} << 10;
  HttpGate::Options gate;
  AccessLog* log = nullptr;  // not owned
};

// A rest::Service over HTTP/1.1, a thread for each connection. Stops when it is destroyed: requests
// in flight are cut off, and their uploads leave no trace.
class HttpServer {
 public:
  // Listens at once. Throws Failure when the address cannot be had.
  HttpServer(rest::Service& service, const HttpServerOptions& options);
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;
  ~HttpServer();

  std::uint16_t port() const noexcept;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace fhirbin::tool
