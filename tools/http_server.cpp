#include "tools/http_server.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>
#include <utility>

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tools/access_log.h"
#include "tools/connection_watch.h"
#include "tools/failure.h"

// The only file that includes libmicrohttpd.

namespace fhirbin::tool {
namespace {

constexpr std::size_t kBlockBytes = std::size_t{64} << 10;

using Clock = std::chrono::steady_clock;

int socket_of(MHD_Connection* connection) {
  const MHD_ConnectionInfo* const info =
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
  return info == nullptr ? -1 : info->connect_fd;
}

MHD_Result append_header(void* target, MHD_ValueKind, const char* name, const char* value) {
  try {
    static_cast<std::vector<rest::Header>*>(target)->push_back(
        {name, value == nullptr ? "" : value});
    return MHD_YES;
  } catch (...) {
    return MHD_NO;
  }
}

// One request from its line to the end of its answer.
struct HttpRequest {
  std::string target;  // as it came; libmicrohttpd decodes its own copy in place
  std::string method;
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
  const auto filled = feed.source->read({reinterpret_cast<std::byte*>(buffer), size});
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

bool send_all(int socket, std::string_view text) {
  while (!text.empty()) {
    const ssize_t sent = ::send(socket, text.data(), text.size(), MSG_NOSIGNAL);
    if (sent <= 0) {
      pollfd room{.fd = socket, .events = POLLOUT, .revents = 0};
      const bool again = sent < 0 && (errno == EINTR || errno == EAGAIN || errno == EWOULDBLOCK);
      if (!again || ::poll(&room, 1, 1000) != 1) {
        return false;
      }
      continue;
    }
    text.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

// Reads on for a moment what the client still sends: closing at once would reset the connection,
// and with it the answer that is on its way.
void drain(int socket) {
  const auto deadline = Clock::now() + std::chrono::seconds(2);
  std::array<char, kBlockBytes> ignored;
  ::shutdown(socket, SHUT_WR);
  while (Clock::now() < deadline) {
    pollfd more{.fd = socket, .events = POLLIN, .revents = 0};
    if (::poll(&more, 1, 200) != 1) {
      continue;
    }
    const ssize_t got = ::recv(socket, ignored.data(), ignored.size(), MSG_DONTWAIT);
    if (got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN)) {
      return;
    }
  }
}

// libmicrohttpd takes no answer in the middle of a body, so one that is known there is written past
// it, and the connection closed.
void answer_in_mid_body(MHD_Connection* connection, HttpRequest& request, rest::Response answer) {
  std::string body;
  std::array<std::byte, 4096> buffer;
  while (answer.body != nullptr) {
    const auto filled = answer.body->read(buffer);
    if (!filled || *filled == 0) {
      break;
    }
    body.append(reinterpret_cast<const char*>(buffer.data()), *filled);
  }
  std::string text = "HTTP/1.1 " + std::to_string(answer.status) + ' ' +
                     rest::reason_phrase(answer.status) + "\r\nConnection: close\r\n";
  for (const rest::Header& header : answer.headers) {
    text += header.name + ": " + header.value + "\r\n";
  }
  text += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  request.status = answer.status;
  request.response_bytes = body.size();
  const int socket = socket_of(connection);
  if (socket >= 0 && send_all(socket, text)) {
    drain(socket);
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
                .body_grace = std::chrono::seconds(30),
                .min_body_bytes_per_second = options.min_body_bytes_per_second}) {
    const Address address = parse_address(options.address, options.port);
    unsigned flags = MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL;
    if (address.is_ipv6) {
      flags |= MHD_USE_IPv6;
    }
    daemon_ = MHD_start_daemon(
        flags, options.port, nullptr, nullptr, &Impl::on_request, this, MHD_OPTION_SOCK_ADDR,
        reinterpret_cast<const sockaddr*>(&address.storage), MHD_OPTION_CONNECTION_LIMIT,
        options.max_connections, MHD_OPTION_CONNECTION_TIMEOUT,
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
  static void* on_target(void*, const char* target, MHD_Connection*) {
    try {
      auto request = std::make_unique<HttpRequest>();
      request->target = target;
      return request.release();
    } catch (...) {
      return nullptr;
    }
  }

  static MHD_Result on_request(void* self, MHD_Connection* connection, const char*,
                               const char* method, const char*, const char* bytes,
                               std::size_t* count, void** request) {
    auto* const state = static_cast<HttpRequest*>(*request);
    if (state == nullptr) {
      return MHD_NO;
    }
    try {
      auto& server = *static_cast<Impl*>(self);
      if (!state->began) {
        return server.begin(connection, *state, method);
      }
      return *count != 0 ? server.take(connection, *state, bytes, count)
                         : server.finish(connection, *state);
    } catch (...) {
      return MHD_NO;
    }
  }

  MHD_Result begin(MHD_Connection* connection, HttpRequest& request, const char* method) {
    request.began = true;
    request.method = method;
    rest::RequestHead head{.method = method, .target = request.target, .headers = {}};
    MHD_get_connection_values(connection, MHD_HEADER_KIND, append_header, &head.headers);
    watch_.body_began(socket_of(connection));
    if (auto refusal = gate_.refuse(head)) {
      return send_response(connection, request, *std::move(refusal));
    }
    const bool has_body = std::ranges::any_of(head.headers, [](const rest::Header& header) {
      return ::strcasecmp(header.name.c_str(), "Content-Length") == 0 ||
             ::strcasecmp(header.name.c_str(), "Transfer-Encoding") == 0;
    });
    request.exchange.emplace(service_->begin(std::move(head)));
    // What is refused already is answered before the body, so that `Expect: 100-continue` spares
    // it.
    if (has_body && !request.exchange->wants_body() && writes(request.method)) {
      return finish(connection, request);
    }
    return MHD_YES;
  }

  static bool writes(std::string_view method) { return method == "POST" || method == "PUT"; }

  MHD_Result take(MHD_Connection* connection, HttpRequest& request, const char* bytes,
                  std::size_t* count) {
    const std::span<const char> piece(bytes, *count);
    request.request_bytes += piece.size();
    watch_.body_came(socket_of(connection), piece.size());
    const bool wanted = request.exchange && request.exchange->wants_body();
    if (wanted) {
      request.exchange->write(std::as_bytes(piece));
    }
    *count = 0;
    if (wanted && !request.exchange->wants_body()) {
      rest::Response answer = request.exchange->finish();
      gate_.add_cors_headers(answer);
      answer_in_mid_body(connection, request, std::move(answer));
      return MHD_NO;
    }
    return MHD_YES;
  }

  MHD_Result finish(MHD_Connection* connection, HttpRequest& request) {
    watch_.body_ended(socket_of(connection));
    if (!request.exchange) {
      return MHD_NO;
    }
    rest::Response answer = request.exchange->finish();
    request.exchange.reset();
    gate_.add_cors_headers(answer);
    return send_response(connection, request, std::move(answer));
  }

  static void on_completed(void* self, MHD_Connection* connection, void** request,
                           MHD_RequestTerminationCode) {
    const std::unique_ptr<HttpRequest> state(
        static_cast<HttpRequest*>(std::exchange(*request, nullptr)));
    auto& server = *static_cast<Impl*>(self);
    server.watch_.answered(socket_of(connection));
    if (state == nullptr) {
      return;
    }
    state->exchange.reset();  // an upload that was cut off gives back what it staged
    if (server.options_.log != nullptr && state->began) {
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
