#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "fhirbin/fhir_version.h"
#include "fhirbin/rest.h"

namespace fhirbin::tool {

// Who may call, and what is no request at all: decides by the headers of a request before anything
// else is done with it. A service on the loopback can be reached by every program of the machine
// and, through a browser, by every web page; this keeps both out as far as they can be told.
// Immutable, so thread-safe.
class HttpGate {
 public:
  struct Options {
    FhirVersion fhir_version = FhirVersion::kR4;  // of the refusals
    std::optional<std::string> token;             // wanted as `Authorization: Bearer TOKEN`
    std::optional<std::string> allowed_origin;    // of web pages; "*" is all, nullopt none
    bool loopback_names_only = true;              // refuse a Host that is no name of the loopback
  };

  explicit HttpGate(Options options) : options_(std::move(options)) {}

  // The answer to a request that may not go on, or that asks (CORS preflight) whether it might.
  std::optional<rest::Response> refuse(const rest::RequestHead& head) const;

  // An answer for what never becomes a request. `issue_code` is one of FHIR's.
  rest::Response refusal(int status, std::string_view issue_code, std::string_view message) const;

  // Adds what lets an allowed web page read the answer.
  void add_cors_headers(rest::Response& response) const;

 private:
  std::optional<rest::Response> refuse_framing(const rest::RequestHead& head) const;
  std::optional<rest::Response> refuse_origin(const rest::RequestHead& head) const;
  bool has_token(const rest::RequestHead& head) const;
  rest::Response preflight_answer() const;

  const Options options_;
};

// "127.0.0.1:80", "localhost", "[::1]:8080" ...
bool is_loopback_name(std::string_view host);

}  // namespace fhirbin::tool
