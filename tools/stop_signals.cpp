#include "tools/stop_signals.h"

#include <pthread.h>
#include <unistd.h>

#include "tools/exit_status.h"

namespace fhirbin::tool {

StopSignals::StopSignals() {
  sigemptyset(&watched_);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction action{};
    // What the parent set to be ignored (nohup) stays ignored.
    if (sigaction(signal, nullptr, &action) == 0 && action.sa_handler != SIG_IGN) {
      sigaddset(&watched_, signal);
    }
  }
  // The destructor wakes the waiter by it; it is never sent to the process.
  sigaddset(&watched_, SIGUSR1);
  pthread_sigmask(SIG_BLOCK, &watched_, &former_mask_);
  waiter_ = std::thread(&StopSignals::wait_for_signals, this);
}

StopSignals::~StopSignals() {
  finished_ = true;
  pthread_kill(waiter_.native_handle(), SIGUSR1);
  waiter_.join();
  pthread_sigmask(SIG_SETMASK, &former_mask_, nullptr);
}

void StopSignals::wait_for_signals() {
  for (;;) {
    int signal = 0;
    if (sigwait(&watched_, &signal) != 0 || finished_) {
      return;
    }
    if (signal != SIGUSR1 && !source_.request_stop()) {
      ::_exit(static_cast<int>(ExitStatus::kFailure));
    }
  }
}

}  // namespace fhirbin::tool
