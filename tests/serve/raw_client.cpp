#include "tests/serve/raw_client.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <stdexcept>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

namespace fhirbin {
namespace {

constexpr timeval kPatience{.tv_sec = 120, .tv_usec = 0};

template <class Address>
bool connects(int socket, const Address& address) {
  return ::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

bool connect_to(int socket, const std::string& address, std::uint16_t port) {
  if (address.contains(':')) {
    sockaddr_in6 six{};
    six.sin6_family = AF_INET6;
    six.sin6_port = htons(port);
    return ::inet_pton(AF_INET6, address.c_str(), &six.sin6_addr) == 1 && connects(socket, six);
  }
  sockaddr_in four{};
  four.sin_family = AF_INET;
  four.sin_port = htons(port);
  return ::inet_pton(AF_INET, address.c_str(), &four.sin_addr) == 1 && connects(socket, four);
}

std::string trimmed(std::string_view text) {
  const std::size_t begin = std::min(text.find_first_not_of(" \t"), text.size());
  return std::string(text.substr(begin, text.find_last_not_of(" \t") + 1 - begin));
}

std::uint64_t number_of(const std::string& text, int base) {
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value, base);
  return value;
}

}  // namespace

std::string HttpAnswer::header(std::string_view name) const {
  for (const auto& [each, value] : headers) {
    if (each.size() == name.size() && ::strncasecmp(each.data(), name.data(), name.size()) == 0) {
      return value;
    }
  }
  return {};
}

bool HttpAnswer::has(std::string_view name) const {
  return std::ranges::any_of(headers, [name](const auto& header) {
    return header.first.size() == name.size() &&
           ::strncasecmp(header.first.data(), name.data(), name.size()) == 0;
  });
}

RawClient::RawClient(std::uint16_t port, const std::string& address)
    : socket_(::socket(address.contains(':') ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  const int on = 1;
  (void)::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  (void)::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
  (void)::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof kPatience);
  if (socket_ < 0 || !connect_to(socket_, address, port)) {
    close();
    throw std::runtime_error("no connection");
  }
}

bool RawClient::send(std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) {
      return false;
    }
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool RawClient::fill() {
  std::array<char, std::size_t{256} << 10> buffer;
  const ssize_t got = ::recv(socket_, buffer.data(), buffer.size(), 0);
  if (got <= 0) {
    return false;
  }
  received_.append(buffer.data(), static_cast<std::size_t>(got));
  return true;
}

std::optional<std::string> RawClient::read_line() {
  std::size_t end = 0;
  while ((end = received_.find("\r\n")) == std::string::npos) {
    if (!fill()) {
      return std::nullopt;
    }
  }
  std::string line = received_.substr(0, end);
  received_.erase(0, end + 2);
  return line;
}

bool RawClient::read_exactly(std::uint64_t count, const BodySink& sink) {
  while (count > 0) {
    if (received_.empty() && !fill()) {
      return false;
    }
    const auto piece = static_cast<std::size_t>(std::min<std::uint64_t>(count, received_.size()));
    sink(std::string_view(received_).substr(0, piece));
    received_.erase(0, piece);
    count -= piece;
  }
  return true;
}

bool RawClient::read_chunks(const BodySink& sink) {
  while (const auto line = read_line()) {
    const std::uint64_t size = number_of(*line, 16);
    if (!read_exactly(size, sink) || read_line() != "") {
      return false;
    }
    if (size == 0) {
      return true;
    }
  }
  return false;
}

bool RawClient::read_to_end(const BodySink& sink) {
  do {
    sink(received_);
    received_.clear();
  } while (fill());
  return true;
}

HttpAnswer RawClient::read_answer(bool answers_head, const BodySink& sink) {
  HttpAnswer answer;
  const auto status_line = read_line();
  if (!status_line || !status_line->starts_with("HTTP/1.1 ")) {
    return answer;
  }
  answer.status = static_cast<int>(number_of(status_line->substr(9, 3), 10));
  for (auto line = read_line(); line != ""; line = read_line()) {
    if (!line) {
      return answer;
    }
    const std::size_t colon = std::min(line->find(':'), line->size());
    answer.headers.emplace_back(line->substr(0, colon), trimmed(line->substr(colon + 1)));
  }
  if (answers_head || answer.status < 200 || answer.status == 204 || answer.status == 304) {
    answer.complete = true;
    return answer;
  }
  const BodySink keep = [&answer](std::string_view piece) { answer.body += piece; };
  const BodySink& into = sink ? sink : keep;
  if (answer.header("Transfer-Encoding") == "chunked") {
    answer.complete = read_chunks(into);
  } else if (answer.has("Content-Length")) {
    answer.complete = read_exactly(number_of(answer.header("Content-Length"), 10), into);
  } else {
    answer.complete = read_to_end(into);
  }
  return answer;
}

HttpAnswer RawClient::call(const std::string& method, const std::string& target,
                           const std::vector<std::string>& headers,
                           const std::optional<std::string>& body) {
  std::vector<std::string> all = headers;
  if (body) {
    all.push_back("Content-Length: " + std::to_string(body->size()));
  }
  (void)send(head_of(method, target, all) + body.value_or(""));
  return read_answer(method == "HEAD");
}

bool RawClient::is_closed_by_peer() {
  char byte = 0;
  const ssize_t got = received_.empty() ? ::recv(socket_, &byte, 1, 0) : 1;
  return got == 0 || (got < 0 && errno == ECONNRESET);
}

bool RawClient::hears_within(std::chrono::milliseconds time) const {
  pollfd readable{.fd = socket_, .events = POLLIN, .revents = 0};
  return !received_.empty() || ::poll(&readable, 1, static_cast<int>(time.count())) == 1;
}

void RawClient::finish_sending() const { (void)::shutdown(socket_, SHUT_WR); }

void RawClient::reset() {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  (void)::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close();
}

void RawClient::close() {
  if (socket_ >= 0) {
    (void)::close(std::exchange(socket_, -1));
  }
}

std::string head_of(const std::string& method, const std::string& target,
                    const std::vector<std::string>& headers) {
  std::string text = method + ' ' + target + " HTTP/1.1\r\nHost: localhost\r\n";
  for (const std::string& header : headers) {
    text += header + "\r\n";
  }
  return text + "\r\n";
}

std::string chunk_of(std::string_view bytes) {
  std::array<char, 17> size{};
  const auto [end, error] = std::to_chars(size.data(), size.data() + size.size(), bytes.size(), 16);
  return std::string(size.data(), end) + "\r\n" + std::string(bytes) + "\r\n";
}

}  // namespace fhirbin
