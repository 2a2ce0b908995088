#include "tools/connection_watch.h"

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
}

void ConnectionWatch::closed(int socket) {
  const std::lock_guard lock(mutex_);
  connections_.erase(socket);
}

void ConnectionWatch::body_began(int socket) { enter(socket, Phase::kBody); }

void ConnectionWatch::body_came(int socket, std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  if (const auto found = connections_.find(socket); found != connections_.end()) {
    found->second.body_bytes += bytes;
  }
}

void ConnectionWatch::body_ended(int socket) { enter(socket, Phase::kAnswer); }

void ConnectionWatch::answered(int socket) { enter(socket, Phase::kWithoutRequest); }

void ConnectionWatch::enter(int socket, Phase phase) {
  const std::lock_guard lock(mutex_);
  if (const auto found = connections_.find(socket); found != connections_.end()) {
    found->second.phase = phase;
    found->second.since = Clock::now();
    found->second.body_bytes = 0;
  }
}

bool ConnectionWatch::is_too_slow(const Connection& connection, Clock::time_point now) const {
  const auto elapsed = now - connection.since;
  switch (connection.phase) {
    case Phase::kWithoutRequest:
      return elapsed > limits_.without_request;
    case Phase::kBody: {
      const auto counted = std::chrono::floor<std::chrono::seconds>(elapsed - limits_.body_grace);
      return counted.count() > 0 &&
             connection.body_bytes <
                 static_cast<std::uint64_t>(counted.count()) * limits_.min_body_bytes_per_second;
    }
    case Phase::kAnswer:
      return false;  // a slow reader holds up nobody; one that reads nothing is idle
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
