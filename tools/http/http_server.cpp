#include "tools/http/http_server.h"

#include <cstdarg>
#include <utility>

#include <microhttpd.h>

#include "tools/failure.h"
#include "tools/http/access_log.h"
#include "tools/http/http_conversation.h"
#include "tools/http/library_refusal.h"
#include "tools/http/listening_address.h"

// libmicrohttpd is known to four files: here its daemon, in http_conversation its connections, in
// http_answer its responses and in library_refusal what it says by itself.

namespace fhirbin::tool {
namespace {

// Connections beyond the limit that are taken to be told so; more are closed at once.
constexpr unsigned kSurplusConnections = 32;

}  // namespace

// The daemon, and what it calls.
class HttpServer::Impl {
 public:
  Impl(rest::Service& service, const HttpServerOptions& options)
      : log_(options.log),
        conversation_(service, options.gate,
                      {.without_request = options.idle_timeout + options.header_timeout,
                       .body_grace = options.header_timeout,
                       .min_body_bytes_per_second = options.min_body_bytes_per_second,
                       .max_connections = options.max_connections},
                      options.idle_timeout) {
    const ListeningAddress address = parse_listening_address(options.address, options.port);
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
      HttpConversation::started(connection, *request);
      return request.release();
    } catch (...) {
      return nullptr;
    }
  }

  static void on_message(void* self, const char* format, va_list arguments) {
    try {
      if (const auto refusal = read_library_refusal(format, arguments)) {
        static_cast<Impl*>(self)->conversation_.refused_by_library(*refusal);
      }
    } catch (...) {  // NOLINT(bugprone-empty-catch): no memory; then the page goes out after all
    }
  }

  static MHD_Result on_request(void* self, MHD_Connection* connection, const char*,
                               const char* method, const char* http_version, const char* bytes,
                               std::size_t* count, void** request) {
    auto* const state = static_cast<HttpRequest*>(*request);
    if (state == nullptr) {
      return MHD_NO;
    }
    try {
      const HttpConversation::Progress progress{
          .method = method, .http_version = http_version, .piece = {bytes, *count}};
      *count = 0;  // all of it is taken
      return static_cast<Impl*>(self)->conversation_.proceed(connection, *state, progress);
    } catch (...) {
      return MHD_NO;
    }
  }

  static void on_completed(void* self, MHD_Connection* connection, void** request,
                           MHD_RequestTerminationCode) {
    const std::unique_ptr<HttpRequest> state(
        static_cast<HttpRequest*>(std::exchange(*request, nullptr)));
    auto& server = *static_cast<Impl*>(self);
    server.conversation_.completed(connection);
    if (state != nullptr) {
      state->exchange.reset();  // an upload that was cut off gives back what it staged
      server.log(*state);
    }
  }

  static void on_connection(void* self, MHD_Connection* connection, void**,
                            MHD_ConnectionNotificationCode code) {
    auto& conversation = static_cast<Impl*>(self)->conversation_;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
      conversation.opened(connection);
    } else {
      conversation.closed(connection);
    }
  }

  void log(const HttpRequest& request) const {
    if (log_ == nullptr || (!request.began && request.status == 0)) {
      return;
    }
    log_->write({.method = request.method,
                 .target = request.target,
                 .status = request.status,
                 .request_bytes = request.request_bytes,
                 .response_bytes = request.response_bytes,
                 .took = std::chrono::floor<std::chrono::microseconds>(
                     std::chrono::steady_clock::now() - request.start)});
  }

  AccessLog* log_;
  HttpConversation conversation_;
  MHD_Daemon* daemon_ = nullptr;
};

HttpServer::HttpServer(rest::Service& service, const HttpServerOptions& options)
    : impl_(std::make_unique<Impl>(service, options)) {}

HttpServer::~HttpServer() = default;

std::uint16_t HttpServer::port() const noexcept { return impl_->port(); }

}  // namespace fhirbin::tool
