#include "tools/http_server.h"

#include <algorithm>
#include <cstdarg>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <strings.h>
#include <sys/socket.h>

#include "tools/access_log.h"
#include "tools/connection_watch.h"
#include "tools/failure.h"
#include "tools/parting_answer.h"

// The only file that includes libmicrohttpd.

namespace fhirbin::tool {
namespace {

constexpr std::size_t kBlockBytes = std::size_t{64} << 10;

// Connections beyond the limit that are taken to be told so; more are closed at once.
constexpr unsigned kSurplusConnections = 32;

using Clock = std::chrono::steady_clock;

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

// One request from its line to the end of its answer.
struct HttpRequest {
  std::string target;  // as it came; libmicrohttpd decodes its own copy in place
  std::string method;
  std::optional<rest::Response> refusal;
  std::optional<rest::Exchange> exchange;
  bool began = false;
  int status = 0;
  std::uint64_t request_bytes = 0;
  std::uint64_t response_bytes = 0;
  Clock::time_point start = Clock::now();
};

// Feeds a response's body to libmicrohttpd and counts it.
struct BodyFeed {
  std::unique_ptr<Source> source;
  std::uint64_t* counter;
};

ssize_t feed_body(void* closure, std::uint64_t, char* buffer, std::size_t size) {
  auto& feed = *static_cast<BodyFeed*>(closure);
  Result<std::size_t> filled = std::unexpected(Error{.code = ErrorCode::kIo, .message = {}});
  try {
    filled = feed.source->read({reinterpret_cast<std::byte*>(buffer), size});
  } catch (...) {  // NOLINT(bugprone-empty-catch): no memory; as any other failure
  }
  if (!filled) {
    return MHD_CONTENT_READER_END_WITH_ERROR;  // closes the connection: the client sees it cut
  }
  if (*filled == 0) {
    return MHD_CONTENT_READER_END_OF_STREAM;
  }
  *feed.counter += *filled;
  return static_cast<ssize_t>(*filled);
}

void free_feed(void* closure) { delete static_cast<BodyFeed*>(closure); }

struct DestroyResponse {
  void operator()(MHD_Response* response) const noexcept { MHD_destroy_response(response); }
};
using ResponseHandle = std::unique_ptr<MHD_Response, DestroyResponse>;

ResponseHandle make_response(rest::Response& answer, HttpRequest& request) {
  const bool is_empty = request.method != "HEAD" && answer.body == nullptr;
  if (is_empty || answer.content_length == 0) {
    return ResponseHandle(MHD_create_response_from_buffer(0, nullptr, MHD_RESPMEM_PERSISTENT));
  }
  // A HEAD has the length that GET would have, known or not, and no body: it is never asked for.
  auto feed = std::make_unique<BodyFeed>(
      BodyFeed{.source = std::move(answer.body), .counter = &request.response_bytes});
  ResponseHandle response(
      MHD_create_response_from_callback(answer.content_length.value_or(MHD_SIZE_UNKNOWN),
                                        kBlockBytes, feed_body, feed.get(), free_feed));
  if (response != nullptr) {
    [[maybe_unused]] const BodyFeed* const owned_by_response = feed.release();
  }
  return response;
}

MHD_Result send_response(MHD_Connection* connection, HttpRequest& request, rest::Response answer) {
  request.status = answer.status;
  const bool close = answer.close_connection;
  const std::vector<rest::Header> headers = std::move(answer.headers);
  const ResponseHandle response = make_response(answer, request);
  if (response == nullptr) {
    return MHD_NO;
  }
  for (const rest::Header& header : headers) {
    if (MHD_add_response_header(response.get(), header.name.c_str(), header.value.c_str()) !=
        MHD_YES) {
      return MHD_NO;
    }
  }
  if (close) {
    (void)MHD_add_response_header(response.get(), MHD_HTTP_HEADER_CONNECTION, "close");
  }
  return MHD_queue_response(connection, static_cast<unsigned>(answer.status), response.get());
}

// What the thread of a connection works on, for what libmicrohttpd tells without saying about which
// connection. Each connection has a thread of its own.
struct ThreadsConnection {
  int socket = -1;  // known from the first request's line on
  HttpRequest* request = nullptr;
  bool parts = false;  // a parting answer was sent
};
thread_local ThreadsConnection
    of_this_thread;  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)

// Why libmicrohttpd refuses a request by itself.
struct LibraryRefusal {
  std::string_view issue_code;
  std::string_view message;
};

LibraryRefusal library_refusal(unsigned status) {
  switch (status) {
    case MHD_HTTP_BAD_REQUEST:
      return {.issue_code = "structure", .message = "the request is not well-formed HTTP"};
    case MHD_HTTP_CONTENT_TOO_LARGE:
      return {.issue_code = "too-long", .message = "the length of the body is beyond all limits"};
    case MHD_HTTP_URI_TOO_LONG:
      return {.issue_code = "too-long", .message = "the request target is too long"};
    case MHD_HTTP_REQUEST_HEADER_FIELDS_TOO_LARGE:
      return {.issue_code = "too-long", .message = "the request's header fields are too long"};
    case MHD_HTTP_HTTP_VERSION_NOT_SUPPORTED:
      return {.issue_code = "not-supported", .message = "this version of HTTP is not supported"};
    default:
      return {.issue_code = "exception", .message = "the request cannot be taken"};
  }
}

// An address of either family, ready to be bound.
struct Address {
  sockaddr_storage storage{};
  bool is_ipv6 = false;
};

Address parse_address(const std::string& text, std::uint16_t port) {
  Address address;
  auto& four = reinterpret_cast<sockaddr_in&>(address.storage);
  auto& six = reinterpret_cast<sockaddr_in6&>(address.storage);
  if (::inet_pton(AF_INET, text.c_str(), &four.sin_addr) == 1) {
    four.sin_family = AF_INET;
    four.sin_port = htons(port);
    return address;
  }
  address.storage = {};
  if (::inet_pton(AF_INET6, text.c_str(), &six.sin6_addr) == 1) {
    six.sin6_family = AF_INET6;
    six.sin6_port = htons(port);
    address.is_ipv6 = true;
    return address;
  }
  throw Failure(ErrorCode::kInvalidArgument, "the address to listen on is no IP address");
}

}  // namespace

class HttpServer::Impl {
 public:
  Impl(rest::Service& service, const HttpServerOptions& options)
      : service_(&service),
        options_(options),
        gate_(options.gate),
        watch_({.without_request = options.idle_timeout + options.header_timeout,
                .body_grace = options.header_timeout,
                .min_body_bytes_per_second = options.min_body_bytes_per_second,
                .max_connections = options.max_connections}) {
    const Address address = parse_address(options.address, options.port);
    unsigned flags = MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD |
                     MHD_USE_POLL | MHD_USE_ERROR_LOG;
    if (address.is_ipv6) {
      flags |= MHD_USE_IPv6;
    }
    daemon_ = MHD_start_daemon(
        flags, options.port, nullptr, nullptr, &Impl::on_request, this, MHD_OPTION_EXTERNAL_LOGGER,
        &Impl::on_message, this, MHD_OPTION_SOCK_ADDR,
        reinterpret_cast<const sockaddr*>(&address.storage), MHD_OPTION_CONNECTION_LIMIT,
        options.max_connections + kSurplusConnections, MHD_OPTION_CONNECTION_TIMEOUT,
        static_cast<unsigned>(options.idle_timeout.count()), MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        options.max_header_bytes, MHD_OPTION_URI_LOG_CALLBACK, &Impl::on_target, this,
        MHD_OPTION_NOTIFY_COMPLETED, &Impl::on_completed, this, MHD_OPTION_NOTIFY_CONNECTION,
        &Impl::on_connection, this, MHD_OPTION_END);
    if (daemon_ == nullptr) {
      throw Failure(ErrorCode::kIo, "cannot listen on port " + std::to_string(options.port) +
                                        " of that address; is it in use?");
    }
  }

  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  ~Impl() { MHD_stop_daemon(daemon_); }

  std::uint16_t port() const noexcept {
    const MHD_DaemonInfo* const info = MHD_get_daemon_info(daemon_, MHD_DAEMON_INFO_BIND_PORT);
    return info == nullptr ? 0 : info->port;
  }

 private:
  // The line of a request came: what it returns is the request's own pointer from here on.
  static void* on_target(void*, const char* target, MHD_Connection* connection) {
    try {
      auto request = std::make_unique<HttpRequest>();
      request->target = target;
      of_this_thread = {.socket = socket_of(connection), .request = request.get(), .parts = false};
      return request.release();
    } catch (...) {
      return nullptr;
    }
  }

  // libmicrohttpd is about to answer by itself, with a page of HTML, and to close the connection.
  // There is no other way to put an OperationOutcome in its place: that is written here, and the
  // socket closed for what follows. Not possible before the line of a connection's first request
  // was read, as it does not say whose message it is.
  static void on_message(void* self, const char* format, va_list arguments) {
    constexpr std::string_view kOwnAnswer = "Error processing request (HTTP response code is %u";
    const ThreadsConnection& connection = of_this_thread;
    const bool answers = connection.request != nullptr && connection.request->status != 0;
    if (!std::string_view(format).starts_with(kOwnAnswer) || connection.socket < 0 || answers) {
      return;
    }
    va_list copy;
    va_copy(copy, arguments);
    const auto status = va_arg(copy, unsigned);
    va_end(copy);
    try {
      auto& server = *static_cast<Impl*>(self);
      const LibraryRefusal why = library_refusal(status);
      const std::uint64_t sent =
          server.part(connection.socket,
                      server.gate_.refusal(static_cast<int>(status), why.issue_code, why.message));
      if (connection.request != nullptr) {
        connection.request->exchange.reset();  // an upload gives back what it staged
        connection.request->status = static_cast<int>(status);
        connection.request->response_bytes = sent;
      }
    } catch (...) {  // NOLINT(bugprone-empty-catch): no memory; then the page goes out after all
    }
  }

  std::uint64_t part(int socket, rest::Response answer) {
    const auto status = static_cast<unsigned>(answer.status);
    of_this_thread.parts = true;
    watch_.took(socket, 0);
    return send_parting_answer(socket, std::move(answer), MHD_get_reason_phrase_for(status));
  }

  // While the request is in our hands neither time-out runs, however long the store takes.
  class OurTurn {
   public:
    OurTurn(Impl& server, MHD_Connection* connection, const HttpRequest& request,
            std::size_t body_bytes)
        : server_(&server), connection_(connection), request_(&request) {
      server_->watch_.took(socket_of(connection_), body_bytes);
      (void)MHD_set_connection_option(connection_, MHD_CONNECTION_OPTION_TIMEOUT, 0U);
    }
    OurTurn(const OurTurn&) = delete;
    OurTurn& operator=(const OurTurn&) = delete;
    ~OurTurn() {
      const auto timeout = static_cast<unsigned>(server_->options_.idle_timeout.count());
      (void)MHD_set_connection_option(connection_, MHD_CONNECTION_OPTION_TIMEOUT, timeout);
      if (request_->status == 0) {
        server_->watch_.awaits_body(socket_of(connection_));
      }
    }

   private:
    Impl* server_;
    MHD_Connection* connection_;
    const HttpRequest* request_;
  };

  static MHD_Result on_request(void* self, MHD_Connection* connection, const char*,
                               const char* method, const char* http_version, const char* bytes,
                               std::size_t* count, void** request) {
    auto* const state = static_cast<HttpRequest*>(*request);
    if (state == nullptr) {
      return MHD_NO;
    }
    try {
      auto& server = *static_cast<Impl*>(self);
      const OurTurn turn(server, connection, *state, *count);
      if (!state->began) {
        return server.begin(connection, *state, method, http_version);
      }
      return *count != 0 ? server.take(connection, *state, bytes, count)
                         : server.finish(connection, *state);
    } catch (...) {
      return MHD_NO;
    }
  }

  MHD_Result begin(MHD_Connection* connection, HttpRequest& request, const char* method,
                   const char* http_version) {
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
      request.refusal = std::move(refusal);  // an answer at this point would end the connection
      return MHD_YES;
    }
    request.exchange.emplace(service_->begin(std::move(head)));
    // What nobody waits for is not read: so `Expect: 100-continue` spares it.
    if (has_body && !request.exchange->wants_body()) {
      return answer_and_part(connection, request, end_exchange(request));
    }
    return MHD_YES;
  }

  std::optional<rest::Response> refuse(MHD_Connection* connection, const rest::RequestHead& head,
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

  static bool has_header(const rest::RequestHead& head, const char* name) {
    return std::ranges::any_of(head.headers, [name](const rest::Header& header) {
      return ::strcasecmp(header.name.c_str(), name) == 0;
    });
  }

  static bool announces_body(const rest::RequestHead& head) {
    return std::ranges::any_of(head.headers, [](const rest::Header& header) {
      return ::strcasecmp(header.name.c_str(), "Transfer-Encoding") == 0 ||
             (::strcasecmp(header.name.c_str(), "Content-Length") == 0 && header.value != "0");
    });
  }

  MHD_Result take(MHD_Connection* connection, HttpRequest& request, const char* bytes,
                  std::size_t* count) {
    const std::span<const char> piece(bytes, *count);
    request.request_bytes += piece.size();
    if (!request.exchange) {
      return MHD_NO;
    }
    request.exchange->write(std::as_bytes(piece));
    *count = 0;
    return request.exchange->wants_body()
               ? MHD_YES
               : answer_and_part(connection, request, end_exchange(request));
  }

  MHD_Result finish(MHD_Connection* connection, HttpRequest& request) {
    if (request.refusal) {
      return send_response(connection, request, *std::move(request.refusal));
    }
    return request.exchange ? send_response(connection, request, end_exchange(request)) : MHD_NO;
  }

  rest::Response end_exchange(HttpRequest& request) const {
    rest::Response answer = request.exchange->finish();
    request.exchange.reset();
    gate_.add_cors_headers(answer);
    return answer;
  }

  // For answers that are known before the body's end: libmicrohttpd takes none in the middle of a
  // body, and one before it is lost when the client sends on.
  MHD_Result answer_and_part(MHD_Connection* connection, HttpRequest& request,
                             rest::Response answer) {
    request.status = answer.status;
    request.response_bytes = part(socket_of(connection), std::move(answer));
    return MHD_NO;
  }

  static void on_completed(void* self, MHD_Connection* connection, void** request,
                           MHD_RequestTerminationCode) {
    const std::unique_ptr<HttpRequest> state(
        static_cast<HttpRequest*>(std::exchange(*request, nullptr)));
    auto& server = *static_cast<Impl*>(self);
    if (std::exchange(of_this_thread, {.socket = of_this_thread.socket}).parts) {
      // Not before: libmicrohttpd cannot be stopped in the middle of an answer of its own.
      wait_for_parting_client(socket_of(connection));
    }
    server.watch_.answered(socket_of(connection));
    if (state == nullptr) {
      return;
    }
    state->exchange.reset();  // an upload that was cut off gives back what it staged
    if (server.options_.log != nullptr && (state->began || state->status != 0)) {
      server.options_.log->write(
          {.method = state->method,
           .target = state->target,
           .status = state->status,
           .request_bytes = state->request_bytes,
           .response_bytes = state->response_bytes,
           .took = std::chrono::floor<std::chrono::microseconds>(Clock::now() - state->start)});
    }
  }

  static void on_connection(void* self, MHD_Connection* connection, void**,
                            MHD_ConnectionNotificationCode code) {
    auto& watch = static_cast<Impl*>(self)->watch_;
    const int socket = socket_of(connection);
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
      watch.opened(socket);
    } else {
      watch.closed(socket);
    }
  }

  rest::Service* service_;
  const HttpServerOptions options_;
  const HttpGate gate_;
  ConnectionWatch watch_;
  MHD_Daemon* daemon_ = nullptr;
};

HttpServer::HttpServer(rest::Service& service, const HttpServerOptions& options)
    : impl_(std::make_unique<Impl>(service, options)) {}

HttpServer::~HttpServer() = default;

std::uint16_t HttpServer::port() const noexcept { return impl_->port(); }

}  // namespace fhirbin::tool
