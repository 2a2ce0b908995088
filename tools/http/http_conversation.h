#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include <microhttpd.h>

#include "fhirbin/rest.h"
#include "tools/http/connection_watch.h"
#include "tools/http/http_gate.h"
#include "tools/http/http_request.h"
#include "tools/http/library_refusal.h"

namespace fhirbin::tool {

// Leads requests from their heads to their answers: through the gate, into the service and back.
// Thread-safe; all that concerns one connection is called in that connection's own thread, but for
// opened() and closed().
class HttpConversation {
 public:
  HttpConversation(rest::Service& service, const HttpGate::Options& gate,
                   const ConnectionWatch::Limits& limits, std::chrono::seconds idle_timeout)
      : service_(&service), gate_(gate), watch_(limits), idle_timeout_(idle_timeout) {}

  void opened(MHD_Connection* connection);
  void closed(MHD_Connection* connection);

  // The line of a request was read: `request` is what this thread works on until completed().
  static void started(MHD_Connection* connection, HttpRequest& request);

  // What libmicrohttpd tells of a request: first its head, then pieces of its body, then no piece.
  struct Progress {
    const char* method;
    std::string_view http_version;
    std::string_view piece;
  };
  // MHD_NO ends the connection.
  MHD_Result proceed(MHD_Connection* connection, HttpRequest& request, const Progress& progress);

  // libmicrohttpd is about to answer by itself and to close the connection of this thread. There is
  // no other way to put an OperationOutcome in its place: that is written here, and the socket
  // closed for what follows. Does nothing before the line of a connection's first request was
  // read, as nobody says until then which connection it is.
  void refused_by_library(const LibraryRefusal& why);

  // The request's answer is out, or the connection broke off.
  void completed(MHD_Connection* connection);

 private:
  class OurTurn;

  MHD_Result begin(MHD_Connection* connection, HttpRequest& request, const char* method,
                   std::string_view http_version);
  MHD_Result take(MHD_Connection* connection, HttpRequest& request, std::string_view piece);
  MHD_Result finish(MHD_Connection* connection, HttpRequest& request);

  std::optional<rest::Response> refuse(MHD_Connection* connection, const rest::RequestHead& head,
                                       std::string_view http_version) const;
  rest::Response end_exchange(HttpRequest& request) const;
  MHD_Result answer_and_part(MHD_Connection* connection, HttpRequest& request,
                             rest::Response answer);
  std::uint64_t part(int socket, rest::Response answer);

  rest::Service* service_;
  const HttpGate gate_;
  ConnectionWatch watch_;
  const std::chrono::seconds idle_timeout_;
};

}  // namespace fhirbin::tool
