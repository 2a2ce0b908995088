#include "tools/http/http_gate.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <strings.h>

#include "tools/json_text.h"

namespace fhirbin::tool {
namespace {

bool has_name(const rest::Header& header, const char* name) {
  return ::strcasecmp(header.name.c_str(), name) == 0;
}

// The value without blanks around it.
std::optional<std::string> find_header(const rest::RequestHead& head, const char* name) {
  for (const rest::Header& header : head.headers) {
    if (has_name(header, name)) {
      const std::size_t begin = header.value.find_first_not_of(" \t");
      const std::size_t end = header.value.find_last_not_of(" \t");
      return begin == std::string::npos ? "" : header.value.substr(begin, end - begin + 1);
    }
  }
  return std::nullopt;
}

std::size_t count_headers(const rest::RequestHead& head, const char* name) {
  return static_cast<std::size_t>(std::ranges::count_if(
      head.headers, [name](const rest::Header& header) { return has_name(header, name); }));
}

// Of the characters that a field name can have (RFC 9110 section 5.6.2).
bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    const bool is_alphanumeric =
        ('0' <= c && c <= '9') || ('a' <= c && c <= 'z') || ('A' <= c && c <= 'Z');
    return is_alphanumeric || (c != '\0' && std::string_view("!#$%&'*+-.^_`|~").contains(c));
  });
}

// A field of these must not be overlooked. libmicrohttpd 0.9.75 adds a value that goes on in a
// second line to the field's name, `Content-Length: 5` and ` 6` becoming `Content-Length6: 5`.
bool is_folded(const std::string& name) {
  constexpr std::array<const char*, 10> kNames = {
      "Authorization",     "Content-Encoding",  "Content-Length", "Content-Range",
      "Content-Type",      "If-Match",          "If-None-Exist",  "If-None-Match",
      "Transfer-Encoding", "X-Security-Context"};
  return std::ranges::any_of(kNames, [&name](const char* known) {
    const std::size_t length = std::strlen(known);
    return name.size() > length && ::strncasecmp(name.c_str(), known, length) == 0;
  });
}

// "" or ":8080".
bool is_port(std::string_view text) {
  return text.empty() || (text.starts_with(':') && text.size() <= 6 &&
                          text.find_first_not_of("0123456789", 1) == std::string_view::npos);
}

// Fetch metadata, which browsers set and web pages cannot.
bool is_loaded_by_foreign_page(const rest::RequestHead& head) {
  const auto site = find_header(head, "Sec-Fetch-Site");
  const bool is_foreign = site && (*site == "cross-site" || *site == "same-site");
  return is_foreign && find_header(head, "Sec-Fetch-Mode") != "navigate";
}

// Compares without telling by its time where two texts differ.
bool equal_in_constant_time(std::string_view a, std::string_view b) {
  unsigned difference = a.size() == b.size() ? 0 : 1;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const auto other = static_cast<unsigned char>(b.empty() ? 0 : b[i % b.size()]);
    difference |= static_cast<unsigned>(static_cast<unsigned char>(a[i]) ^ other);
  }
  return difference == 0;
}

}  // namespace

bool is_loopback_name(std::string_view host) {
  if (host.starts_with("[::1]")) {
    return is_port(host.substr(5));
  }
  const std::string name(host.substr(0, host.find(':')));
  // The whole name must be an address: 127.0.0.1.example.com is somebody's, and may be led here.
  in_addr address{};
  const bool is_loopback_address =
      ::inet_pton(AF_INET, name.c_str(), &address) == 1 && name.starts_with("127.");
  return is_port(host.substr(name.size())) &&
         (is_loopback_address || ::strcasecmp(name.c_str(), "localhost") == 0);
}

std::optional<rest::Response> HttpGate::refuse(const rest::RequestHead& head) const {
  if (auto refused = refuse_framing(head)) {
    return refused;
  }
  const auto host = find_header(head, "Host");
  if (options_.loopback_names_only && host && !is_loopback_name(*host)) {
    return refusal(403, "forbidden", "this service answers under names of the loopback only");
  }
  if (auto refused = refuse_origin(head)) {
    return refused;
  }
  if (options_.token && !has_token(head)) {
    rest::Response response = refusal(401, "login", "this service wants a bearer token");
    response.headers.push_back({"WWW-Authenticate", "Bearer"});
    add_cors_headers(response);
    return response;
  }
  return std::nullopt;
}

// What a proxy before us may understand otherwise than we do would let one request hide another.
std::optional<rest::Response> HttpGate::refuse_framing(const rest::RequestHead& head) const {
  // A name before a blank and a colon is another name to us, and maybe not to the proxy.
  for (const rest::Header& header : head.headers) {
    if (!is_token(header.name) || is_folded(header.name) ||
        header.value.find_first_of("\r\n") != std::string::npos) {
      return refusal(400, "structure", "a header field is not well-formed or goes over two lines");
    }
  }
  const std::size_t lengths = count_headers(head, "Content-Length");
  const std::size_t codings = count_headers(head, "Transfer-Encoding");
  if (lengths + codings > 1) {
    return refusal(400, "structure", "the length of the body is told more than once");
  }
  // As it stands: with a blank behind it libmicrohttpd does not know it, and waits for ever.
  if (std::ranges::any_of(head.headers, [](const rest::Header& header) {
        return has_name(header, "Transfer-Encoding") &&
               ::strcasecmp(header.value.c_str(), "chunked") != 0;
      })) {
    return refusal(400, "structure", "the only Transfer-Encoding taken is chunked");
  }
  if (count_headers(head, "Host") > 1) {
    return refusal(400, "structure", "Host stands twice");
  }
  return std::nullopt;
}

std::optional<rest::Response> HttpGate::refuse_origin(const rest::RequestHead& head) const {
  const auto origin = find_header(head, "Origin");
  const auto& allowed = options_.allowed_origin;
  if (!origin) {
    // No web page, or one that loads something in without reading it (an image, a script). Browsers
    // tell which; links that people follow are none of it.
    if (!allowed && is_loaded_by_foreign_page(head)) {
      return refusal(403, "forbidden", "web pages may not load anything from this service");
    }
    return std::nullopt;
  }
  if (!allowed || (*allowed != "*" && *allowed != *origin)) {
    return refusal(403, "forbidden", "web pages of this origin may not call this service");
  }
  if (head.method == "OPTIONS" && find_header(head, "Access-Control-Request-Method")) {
    return preflight_answer();
  }
  return std::nullopt;
}

bool HttpGate::has_token(const rest::RequestHead& head) const {
  constexpr std::string_view kScheme = "Bearer ";
  const auto value = find_header(head, "Authorization");
  return value && value->size() > kScheme.size() &&
         ::strncasecmp(value->data(), kScheme.data(), kScheme.size()) == 0 &&
         equal_in_constant_time(std::string_view(*value).substr(kScheme.size()), *options_.token);
}

rest::Response HttpGate::refusal(int status, std::string_view issue_code,
                                 std::string_view message) const {
  JsonText json;
  json.begin_object().member("resourceType", "OperationOutcome").key("issue").begin_array();
  json.begin_object().member("severity", "error").member("code", issue_code);
  json.member("diagnostics", message).end_object().end_array().end_object();
  const std::string text = json.str();
  const auto bytes = std::as_bytes(std::span(text));
  rest::Response response;
  response.status = status;
  response.headers.push_back({"Content-Type", options_.fhir_version == FhirVersion::kDstu2
                                                  ? "application/json+fhir; charset=utf-8"
                                                  : "application/fhir+json; charset=utf-8"});
  response.headers.push_back({"X-Content-Type-Options", "nosniff"});
  response.content_length = text.size();
  response.body = bytes_source(std::vector<std::byte>(bytes.begin(), bytes.end()));
  response.close_connection = true;
  return response;
}

rest::Response HttpGate::preflight_answer() const {
  rest::Response response;
  response.status = 204;
  response.headers.push_back({"Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, DELETE"});
  response.headers.push_back(
      {"Access-Control-Allow-Headers",
       "Accept, Authorization, Content-Type, If-Match, If-Modified-Since, If-None-Exist, "
       "If-None-Match, If-Range, If-Unmodified-Since, Prefer, Range, X-Security-Context"});
  response.headers.push_back({"Access-Control-Max-Age", "600"});
  add_cors_headers(response);
  return response;
}

void HttpGate::add_cors_headers(rest::Response& response) const {
  if (!options_.allowed_origin) {
    return;
  }
  response.headers.push_back({"Access-Control-Allow-Origin", *options_.allowed_origin});
  response.headers.push_back(
      {"Access-Control-Expose-Headers",
       "Accept-Ranges, Content-Disposition, Content-Range, ETag, Last-Modified, Location, "
       "X-Last-Sequence, X-Security-Context"});
}

}  // namespace fhirbin::tool
