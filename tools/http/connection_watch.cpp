#include "tools/http/connection_watch.h"

#include <sys/socket.h>

namespace fhirbin::tool {

ConnectionWatch::ConnectionWatch(const Limits& limits)
    : limits_(limits), thread_([this] { run(); }) {}

ConnectionWatch::~ConnectionWatch() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void ConnectionWatch::opened(int socket) {
  const std::lock_guard lock(mutex_);
  connections_[socket] = {.phase = Phase::kWithoutRequest, .since = Clock::now()};
  connections_[socket].surplus = connections_.size() > limits_.max_connections;
}

bool ConnectionWatch::is_surplus(int socket) const {
  const std::lock_guard lock(mutex_);
  const auto found = connections_.find(socket);
  return found != connections_.end() && found->second.surplus;
}

void ConnectionWatch::closed(int socket) {
  const std::lock_guard lock(mutex_);
  connections_.erase(socket);
}

void ConnectionWatch::took(int socket, std::uint64_t body_bytes) {
  const std::lock_guard lock(mutex_);
  const auto found = connections_.find(socket);
  if (found == connections_.end()) {
    return;
  }
  Connection& connection = found->second;
  if (connection.phase == Phase::kBody) {
    connection.waited_for_body += Clock::now() - connection.since;
  }
  connection.phase = Phase::kOurTurn;
  connection.body_bytes += body_bytes;
}

void ConnectionWatch::awaits_body(int socket) {
  const std::lock_guard lock(mutex_);
  if (const auto found = connections_.find(socket); found != connections_.end()) {
    found->second.phase = Phase::kBody;
    found->second.since = Clock::now();
  }
}

void ConnectionWatch::answered(int socket) {
  const std::lock_guard lock(mutex_);
  if (const auto found = connections_.find(socket); found != connections_.end()) {
    Connection& connection = found->second;
    connection.phase = Phase::kWithoutRequest;
    connection.since = Clock::now();
    connection.waited_for_body = {};
    connection.body_bytes = 0;
  }
}

bool ConnectionWatch::is_too_slow(const Connection& connection, Clock::time_point now) const {
  const auto elapsed = now - connection.since;
  switch (connection.phase) {
    case Phase::kWithoutRequest:
      return elapsed > limits_.without_request;
    case Phase::kOurTurn:
      return false;  // a slow reader holds up nobody; one that reads nothing is idle
    case Phase::kBody: {
      const auto counted = std::chrono::floor<std::chrono::seconds>(connection.waited_for_body +
                                                                    elapsed - limits_.body_grace);
      return counted.count() > 0 &&
             connection.body_bytes <
                 static_cast<std::uint64_t>(counted.count()) * limits_.min_body_bytes_per_second;
    }
  }
  return false;
}

void ConnectionWatch::run() {
  std::unique_lock lock(mutex_);
  while (!ended_) {
    changed_.wait_for(lock, std::chrono::milliseconds(500));
    const auto now = Clock::now();
    for (auto& [socket, connection] : connections_) {
      if (!connection.cut && is_too_slow(connection, now)) {
        // Its own thread sees the end and closes it. The socket is ours as long as it is listed.
        ::shutdown(socket, SHUT_RDWR);
        connection.cut = true;
      }
    }
  }
}

}  // namespace fhirbin::tool
