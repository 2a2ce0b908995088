#pragma once

#include <functional>
#include <optional>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

namespace fhirbin::testing {

// A child of fork() that runs `work` and ends without destructors, as a killed process would. To be
// started while no store is open in this process. Killed and reaped with the object.
class ChildProcess {
 public:
  explicit ChildProcess(const std::function<int()>& work) : pid_(::fork()) {
    if (pid_ == 0) {
      ::_exit(work());
    }
  }
  ChildProcess(ChildProcess&& other) noexcept : pid_(std::exchange(other.pid_, -1)) {}
  ChildProcess& operator=(ChildProcess&&) = delete;
  ~ChildProcess() { kill(); }

  // Ends it at once, wherever it is.
  void kill() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
      pid_ = -1;
    }
  }

  // Its exit status; nullopt when a signal ended it.
  std::optional<int> wait() {
    int status = 0;
    ::waitpid(std::exchange(pid_, -1), &status, 0);
    return WIFEXITED(status) ? std::optional(WEXITSTATUS(status)) : std::nullopt;
  }

 private:
  pid_t pid_;
};

}  // namespace fhirbin::testing
