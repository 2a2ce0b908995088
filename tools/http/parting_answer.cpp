#include "tools/http/parting_answer.h"

#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <ctime>
#include <string>
#include <string_view>

#include <poll.h>
#include <sys/socket.h>

namespace fhirbin::tool {
namespace {

using Clock = std::chrono::steady_clock;

bool send_all(int socket, std::string_view text) {
  while (!text.empty()) {
    const ssize_t sent = ::send(socket, text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
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

// The tool never sets a locale, so the names are the English ones.
std::string date_line() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  std::array<char, 64> line;
  ::gmtime_r(&now, &parts);
  const std::size_t length =
      std::strftime(line.data(), line.size(), "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &parts);
  return {line.data(), length};
}

std::string read_body(rest::Response& answer) {
  std::string body;
  std::array<std::byte, 4096> buffer;
  while (answer.body != nullptr) {
    const auto filled = answer.body->read(buffer);
    if (!filled || *filled == 0) {
      break;
    }
    body.append(reinterpret_cast<const char*>(buffer.data()), *filled);
  }
  return body;
}

}  // namespace

std::uint64_t send_parting_answer(int socket, rest::Response answer, const char* reason_phrase) {
  const std::string body = read_body(answer);
  std::string text = "HTTP/1.1 " + std::to_string(answer.status) + ' ' + reason_phrase +
                     "\r\nConnection: close\r\n" + date_line();
  for (const rest::Header& header : answer.headers) {
    text += header.name + ": " + header.value + "\r\n";
  }
  const std::uint64_t length = answer.content_length.value_or(body.size());
  text += "Content-Length: " + std::to_string(length) + "\r\n\r\n" + body;
  (void)send_all(socket, text);  // a client that is gone needs no answer
  ::shutdown(socket, SHUT_WR);
  return body.size();
}

void wait_for_parting_client(int socket) {
  constexpr std::chrono::seconds kLongest{30};
  constexpr int kSilenceMs = 2000;
  const auto deadline = Clock::now() + kLongest;
  std::array<char, std::size_t{64} << 10> ignored;
  while (Clock::now() < deadline) {
    pollfd more{.fd = socket, .events = POLLIN, .revents = 0};
    const int ready = ::poll(&more, 1, kSilenceMs);
    if (ready == 0 || (ready < 0 && errno != EINTR)) {
      return;
    }
    const ssize_t got = ::recv(socket, ignored.data(), ignored.size(), MSG_DONTWAIT);
    if (got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN)) {
      return;
    }
  }
}

}  // namespace fhirbin::tool
