#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

namespace fhirbin {

// Both ends of a pipe, closed with it.
class Pipe {
 public:
  explicit Pipe(int flags = 0) {
    if (pipe2(ends_.data(), O_CLOEXEC | flags) != 0) {
      throw std::runtime_error("no pipe");
    }
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    close_read_end();
    close_write_end();
  }

  int read_end() const { return ends_[0]; }
  int write_end() const { return ends_[1]; }
  void close_read_end() { close_end(0); }
  void close_write_end() { close_end(1); }

 private:
  void close_end(std::size_t which) {
    if (const int end = std::exchange(ends_[which], -1); end >= 0) {
      (void)close(end);
    }
  }

  std::array<int, 2> ends_{};
};

// Interrupts the thread that made it every millisecond with a signal that restarts no system call.
class SignalRain {
 public:
  SignalRain() : target_(pthread_self()) {
    struct sigaction action{};
    action.sa_handler = [](int) {};
    (void)sigaction(SIGUSR1, &action, &previous_);
    sender_ = std::jthread([this](const std::stop_token& stop) {
      while (!stop.stop_requested()) {
        (void)pthread_kill(target_, SIGUSR1);
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      }
    });
  }
  SignalRain(const SignalRain&) = delete;
  SignalRain& operator=(const SignalRain&) = delete;
  ~SignalRain() {
    sender_.request_stop();
    sender_.join();
    (void)sigaction(SIGUSR1, &previous_, nullptr);
  }

 private:
  pthread_t target_;
  struct sigaction previous_{};
  std::jthread sender_;
};

}  // namespace fhirbin
