#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "fhirbin/error.h"
#include "fhirbin/export_macro.h"
#include "fhirbin/options.h"
#include "fhirbin/source.h"
#include "fhirbin/store.h"

// The FHIR REST face of a Store for any HTTP library: requests in, responses out, no sockets.
namespace fhirbin::rest {

// One header field. Names are compared without regard to case; values come without the line end.
struct Header {
  std::string name;
  std::string value;
};

// A request up to its body, as the HTTP library has parsed it.
struct RequestHead {
  std::string method;  // "GET", "POST" ...
  // Path and query as on the request line, percent-encoding untouched, e.g.
  // "/Binary/17?_format=json".
  std::string target;
  std::vector<Header> headers;  // in their order; a field may stand several times
};

// A whole request, for libraries whose bodies are pulled.
struct Request : RequestHead {
  Source* body =
      nullptr;  // not owned; nullptr: no body. Pulled only where the method has a use for it
};

// The answer. Whoever sends it pulls `body` to its end; an error there means that the message
// cannot be completed: close the connection instead of ending the message well.
struct Response {
  int status = 500;
  std::vector<Header> headers;  // without Content-Length, Date and Connection
  // Bytes of the body, where they are known; also for HEAD and 304, whose body is nullptr: those
  // that GET would have answered with. The message is to be chunked otherwise.
  std::optional<std::uint64_t> content_length;
  std::unique_ptr<Source> body;  // nullptr: none. May outlive Exchange and Service, not the Store
  // The request's body was not read to its end: the connection cannot carry another request.
  bool close_connection = false;
};

// How a Service answers.
struct ServiceOptions {
  // Where `Binary` hangs, without a slash at the end, e.g. "/fhir"; "" is the root. Beside it the
  // long form /v1/projects/*/locations/*/datasets/*/fhirStores/*/fhir (v1beta1 too) is always
  // answered, so that a client of that service can be pointed here.
  std::string base_path = {};
  // "http://localhost:8080", what Location and links begin with. Empty: taken from the Host header.
  std::string origin = {};
  // Answer a create or an update with the resource, for clients that cannot take an empty body.
  bool return_representation = false;
  // Take application/json as FHIR JSON where the body is a Binary, for clients that send it so.
  bool accept_plain_json = false;
  // Refuse updates and deletes without If-Match.
  bool require_if_match = false;
  // What history Bundles and notifications leave out.
  InlinePolicy view = {};
  // Longest target in bytes; beyond it 414.
  std::size_t max_target_bytes = 8192;
  // Longest that GET $changes waits for a change.
  std::chrono::milliseconds max_wait{60'000};
  // Set to end requests that wait.
  std::stop_token stop = {};
};

// One request whose body is pushed. A Service makes it; dropped without finish() it leaves no
// trace. Thread-compatible; the Service must outlive it.
class FHIRBIN_API Exchange {
 public:
  class Impl;
  explicit Exchange(std::unique_ptr<Impl> impl) noexcept;
  Exchange(Exchange&&) noexcept;
  Exchange& operator=(Exchange&&) noexcept;
  ~Exchange();

  // False once the answer no longer depends on what is left of the body: call finish() at once.
  bool wants_body() const noexcept;

  // Takes the next bytes of the body; ignores them where wants_body() is false.
  void write(std::span<const std::byte> bytes) noexcept;

  // Ends the body and gives the answer. To be called once; later calls give a bare 500.
  Response finish() noexcept;

 private:
  std::unique_ptr<Impl> impl_;
};

// Answers FHIR REST requests on one Store: create, read, vread, update, delete, history of Binary,
// capabilities, and the change feed. Holds no state between requests. Every answer of status 400
// and above has an OperationOutcome of the store's FHIR version as its body, without payload bytes.
// Thread-safe; the Store must outlive it.
// Source: hl7.org/fhir/R4/http.html, hl7.org/fhir/R4/binary.html#rest and the Google Cloud
// Healthcare API's Binary methods.
class FHIRBIN_API Service {
 public:
  class Impl;
  explicit Service(Store& store, ServiceOptions options = {});
  Service(Service&&) noexcept;
  Service& operator=(Service&&) noexcept;
  ~Service();

  // For libraries that push bodies.
  Exchange begin(RequestHead head) noexcept;

  // For libraries that let bodies be pulled. An error of the body's Source is answered with 400.
  Response handle(const Request& request) noexcept;

 private:
  std::unique_ptr<Impl> impl_;
};

// The reason phrase of a status that a Service answers with, e.g. "Not Found".
FHIRBIN_API const char* reason_phrase(int status) noexcept;

}  // namespace fhirbin::rest
