#pragma once

#include <atomic>
#include <csignal>
#include <stop_token>
#include <thread>

namespace fhirbin::tool {

// While it lives, SIGINT, SIGTERM and SIGHUP set a stop token instead of ending the process, so
// that a long call can end in good order; a second signal ends the process at once.
//
// Must be made before the store is opened: the engine's threads inherit the blocked signals, and
// one that did not would still be killed by them. At most one at a time.
class StopSignals {
 public:
  StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;
  ~StopSignals();

  std::stop_token token() const { return source_.get_token(); }
  bool requested() const { return source_.stop_requested(); }

 private:
  void wait_for_signals();

  std::stop_source source_;
  sigset_t watched_{};
  sigset_t former_mask_{};
  std::atomic<bool> finished_ = false;
  std::thread waiter_;
};

}  // namespace fhirbin::tool
