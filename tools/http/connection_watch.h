#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <thread>

namespace fhirbin::tool {

// Cuts off connections whose senders are too slow, which an idle time-out does not see: one byte
// now and then keeps a connection from being idle for ever. Thread-safe.
class ConnectionWatch {
 public:
  struct Limits {
    // How long a connection may be without a request: idle, or sending one byte by byte.
    std::chrono::seconds without_request{90};
    std::chrono::seconds body_grace{30};
    std::uint64_t min_body_bytes_per_second = 1024;
    std::size_t max_connections = 256;
  };

  explicit ConnectionWatch(const Limits& limits);
  ConnectionWatch(const ConnectionWatch&) = delete;
  ConnectionWatch& operator=(const ConnectionWatch&) = delete;
  ~ConnectionWatch();

  // A connection by its socket, from accept to close.
  void opened(int socket);
  void closed(int socket);
  // Whether the connection was one too many when it was opened.
  bool is_surplus(int socket) const;
  // A request is in our hands, with this much more of its body: the client owes nothing meanwhile.
  void took(int socket, std::uint64_t body_bytes);
  // The client is to send more of the body.
  void awaits_body(int socket);
  // The answer is on its way to its end.
  void answered(int socket);

 private:
  using Clock = std::chrono::steady_clock;
  enum class Phase : std::uint8_t { kWithoutRequest, kOurTurn, kBody };
  struct Connection {
    Phase phase = Phase::kWithoutRequest;
    Clock::time_point since;             // of the phase
    Clock::duration waited_for_body{0};  // in former phases of this request
    std::uint64_t body_bytes = 0;
    bool surplus = false;
    bool cut = false;
  };

  bool is_too_slow(const Connection& connection, Clock::time_point now) const;
  void run();

  const Limits limits_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<int, Connection> connections_;  // under mutex_
  bool ended_ = false;                     // under mutex_
  std::thread thread_;
};

}  // namespace fhirbin::tool
