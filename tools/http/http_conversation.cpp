#include "tools/http/http_conversation.h"

#include <algorithm>
#include <cstring>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <strings.h>

#include "tools/http/http_answer.h"
#include "tools/http/library_refusal.h"
#include "tools/http/parting_answer.h"

namespace fhirbin::tool {
namespace {

// What the thread of a connection works on, for what libmicrohttpd tells without saying about which
// connection. Each connection has a thread of its own.
struct ThreadsConnection {
  int socket = -1;  // known from the first request's line on
  HttpRequest* request = nullptr;
  bool parts = false;  // a parting answer was sent
};
thread_local ThreadsConnection
    of_this_thread;  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)

int socket_of(MHD_Connection* connection) {
  const MHD_ConnectionInfo* const info =
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
  return info == nullptr ? -1 : info->connect_fd;
}

// The header fields of a request, all or none: one that is missing may be a condition.
std::optional<std::vector<rest::Header>> headers_of(MHD_Connection* connection) {
  struct Taken {
    std::vector<rest::Header> headers;
    bool complete = true;
  } taken;
  const auto take = [](void* target, MHD_ValueKind, const char* name,
                       const char* value) -> MHD_Result {
    auto& into = *static_cast<Taken*>(target);
    try {
      into.headers.push_back({name, value == nullptr ? "" : value});
      return MHD_YES;
    } catch (...) {
      into.complete = false;
      return MHD_NO;
    }
  };
  MHD_get_connection_values(connection, MHD_HEADER_KIND, take, &taken);
  return taken.complete ? std::optional(std::move(taken.headers)) : std::nullopt;
}

bool has_header(const rest::RequestHead& head, const char* name) {
  return std::ranges::any_of(head.headers, [name](const rest::Header& header) {
    return ::strcasecmp(header.name.c_str(), name) == 0;
  });
}

bool begins_with(const rest::Header& header, const char* name) {
  return ::strncasecmp(header.name.c_str(), name, std::strlen(name)) == 0;
}

// Also in names that the gate refuses because they only begin so: a body may well follow.
bool announces_body(const rest::RequestHead& head) {
  return std::ranges::any_of(head.headers, [](const rest::Header& header) {
    return begins_with(header, "Transfer-Encoding") ||
           (begins_with(header, "Content-Length") && header.value != "0");
  });
}

}  // namespace

// While the request is in our hands neither time-out runs, however long the store takes.
class HttpConversation::OurTurn {
 public:
  OurTurn(HttpConversation& conversation, MHD_Connection* connection, const HttpRequest& request,
          std::size_t body_bytes)
      : conversation_(&conversation), connection_(connection), request_(&request) {
    conversation_->watch_.took(socket_of(connection_), body_bytes);
    (void)MHD_set_connection_option(connection_, MHD_CONNECTION_OPTION_TIMEOUT, 0U);
  }
  OurTurn(const OurTurn&) = delete;
  OurTurn& operator=(const OurTurn&) = delete;
  ~OurTurn() {
    const auto timeout = static_cast<unsigned>(conversation_->idle_timeout_.count());
    (void)MHD_set_connection_option(connection_, MHD_CONNECTION_OPTION_TIMEOUT, timeout);
    if (request_->status == 0) {
      conversation_->watch_.awaits_body(socket_of(connection_));
    }
  }

 private:
  HttpConversation* conversation_;
  MHD_Connection* connection_;
  const HttpRequest* request_;
};

void HttpConversation::opened(MHD_Connection* connection) { watch_.opened(socket_of(connection)); }

void HttpConversation::closed(MHD_Connection* connection) { watch_.closed(socket_of(connection)); }

void HttpConversation::started(MHD_Connection* connection, HttpRequest& request) {
  of_this_thread = {.socket = socket_of(connection), .request = &request, .parts = false};
}

MHD_Result HttpConversation::proceed(MHD_Connection* connection, HttpRequest& request,
                                     const Progress& progress) {
  const OurTurn turn(*this, connection, request, progress.piece.size());
  if (!request.began) {
    return begin(connection, request, progress.method, progress.http_version);
  }
  return progress.piece.empty() ? finish(connection, request)
                                : take(connection, request, progress.piece);
}

MHD_Result HttpConversation::begin(MHD_Connection* connection, HttpRequest& request,
                                   const char* method, std::string_view http_version) {
  request.began = true;
  request.method = method;
  rest::RequestHead head{.method = method, .target = request.target, .headers = {}};
  auto headers = headers_of(connection);
  if (!headers) {
    return MHD_NO;
  }
  head.headers = *std::move(headers);
  const bool has_body = announces_body(head);
  if (auto refusal = refuse(connection, head, http_version)) {
    if (has_body) {
      return answer_and_part(connection, request, *std::move(refusal));
    }
    request.answer = std::move(refusal);  // an answer at this point would end the connection
    return MHD_YES;
  }
  request.exchange.emplace(service_->begin(std::move(head)));
  // What nobody waits for is not read: so `Expect: 100-continue` spares it.
  if (has_body && !request.exchange->wants_body()) {
    rest::Response answer = end_exchange(request);
    if (answer.status >= 400) {
      return answer_and_part(connection, request, std::move(answer));
    }
    // A read, or a delete: as long as content may be, and so streamed behind the request's end.
    request.answer = std::move(answer);
  }
  return MHD_YES;
}

std::optional<rest::Response> HttpConversation::refuse(MHD_Connection* connection,
                                                       const rest::RequestHead& head,
                                                       std::string_view http_version) const {
  if (watch_.is_surplus(socket_of(connection))) {
    rest::Response response =
        gate_.refusal(503, "throttled", "this service has as many connections as it may");
    response.headers.push_back({"Retry-After", "1"});
    return response;
  }
  if (http_version != MHD_HTTP_VERSION_1_0 && !has_header(head, "Host")) {
    return gate_.refusal(400, "structure", "there is no Host header");
  }
  return gate_.refuse(head);
}

MHD_Result HttpConversation::take(MHD_Connection* connection, HttpRequest& request,
                                  std::string_view piece) {
  request.request_bytes += piece.size();
  if (!request.exchange) {
    return request.answer ? MHD_YES : MHD_NO;
  }
  request.exchange->write(std::as_bytes(std::span(piece)));
  return request.exchange->wants_body()
             ? MHD_YES
             : answer_and_part(connection, request, end_exchange(request));
}

MHD_Result HttpConversation::finish(MHD_Connection* connection, HttpRequest& request) {
  if (request.answer) {
    return queue_answer(connection, request, *std::move(request.answer));
  }
  return request.exchange ? queue_answer(connection, request, end_exchange(request)) : MHD_NO;
}

rest::Response HttpConversation::end_exchange(HttpRequest& request) const {
  rest::Response answer = request.exchange->finish();
  request.exchange.reset();
  gate_.add_cors_headers(answer);
  return answer;
}

// For answers that are known before the body's end: libmicrohttpd takes none in the middle of a
// body, and one before it is lost when the client sends on.
MHD_Result HttpConversation::answer_and_part(MHD_Connection* connection, HttpRequest& request,
                                             rest::Response answer) {
  request.status = answer.status;
  if (request.method == "HEAD") {
    answer.body.reset();
  }
  request.response_bytes = part(socket_of(connection), std::move(answer));
  return MHD_NO;
}

std::uint64_t HttpConversation::part(int socket, rest::Response answer) {
  const auto status = static_cast<unsigned>(answer.status);
  of_this_thread.parts = true;
  watch_.took(socket, 0);
  return send_parting_answer(socket, std::move(answer), MHD_get_reason_phrase_for(status));
}

void HttpConversation::refused_by_library(const LibraryRefusal& why) {
  const ThreadsConnection& connection = of_this_thread;
  const bool answers = connection.request != nullptr && connection.request->status != 0;
  if (connection.socket < 0 || answers) {
    return;
  }
  const auto status = static_cast<int>(why.status);
  const std::uint64_t sent =
      part(connection.socket, gate_.refusal(status, why.issue_code, why.message));
  if (connection.request != nullptr) {
    connection.request->exchange.reset();  // an upload gives back what it staged
    connection.request->status = status;
    connection.request->response_bytes = sent;
  }
}

void HttpConversation::completed(MHD_Connection* connection) {
  const int socket = socket_of(connection);
  if (std::exchange(of_this_thread, {.socket = of_this_thread.socket}).parts) {
    // Not before: libmicrohttpd cannot be stopped in the middle of an answer of its own.
    wait_for_parting_client(socket);
  }
  watch_.answered(socket);
}

}  // namespace fhirbin::tool
