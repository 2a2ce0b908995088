#include "bench/compare/process.h"

#include <array>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>
#include <fstream>
#include <span>
#include <string>

#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/compare/require.h"

namespace fhirbin::compare {
namespace {

// No measurement takes longer; one that hangs ends here.
constexpr unsigned kLongestSeconds = 1500;

// A line of /proc/self/status, in kibibytes.
double read_status(const std::string& name) {
  std::ifstream status("/proc/self/status");
  std::string line;
  while (std::getline(status, line)) {
    if (line.starts_with(name + ":")) {
      return std::stod(line.substr(name.size() + 1));
    }
  }
  return 0;
}

// The kernel's high-water mark of resident memory starts anew.
void reset_high_water_mark() { std::ofstream("/proc/self/clear_refs") << 5; }

void write_all(int descriptor, const void* data, std::size_t size) {
  const char* at = static_cast<const char*>(data);
  while (size > 0) {
    const ssize_t written = ::write(descriptor, at, size);
    if (written <= 0) {
      return;
    }
    at += written;
    size -= static_cast<std::size_t>(written);
  }
}

std::string read_to_end(int descriptor) {
  std::string text;
  std::array<char, 4096> buffer{};
  ssize_t count = 0;
  while ((count = ::read(descriptor, buffer.data(), buffer.size())) > 0) {
    text.append(buffer.data(), static_cast<std::size_t>(count));
  }
  return text;
}

// In the child: sends either 'o' and the figures, memory first, or 'e' and what went wrong.
[[noreturn]] void run_and_send(const Work& work, Cores cores, int descriptor) {
  ::alarm(kLongestSeconds);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // whoever stops the run stops this, too
  std::string answer;
  try {
    if (cores == Cores::kOne) {
      stay_on_core(0);
    }
    reset_high_water_mark();
    const double idle_kib = read_status("VmRSS");
    std::vector<double> figures = work();
    figures.insert(figures.begin(), (read_status("VmHWM") - idle_kib) * 1024 / 1e6);
    const auto bytes = std::as_bytes(std::span(figures));
    answer = "o" + std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  } catch (const std::exception& error) {
    answer = std::string("e") + error.what();
  }
  write_all(descriptor, answer.data(), answer.size());
  ::_exit(0);
}

Measurement parse(const std::string& answer) {
  if (answer.empty()) {
    give_up("the process ended early");
  }
  if (answer.front() != 'o') {
    give_up(answer.substr(1));
  }
  std::vector<double> figures((answer.size() - 1) / sizeof(double));
  std::memcpy(figures.data(), answer.data() + 1, figures.size() * sizeof(double));
  Measurement measurement{.figures = {figures.begin() + 1, figures.end()},
                          .memory_mb = figures.front()};
  return measurement;
}

}  // namespace

Measurement measure_in_child(const Work& work, Cores cores) {
  std::array<int, 2> ends{};
  require(::pipe2(ends.data(), O_CLOEXEC) == 0, "pipe");
  (void)std::fflush(nullptr);  // or the child would print it once more
  const pid_t child = ::fork();
  require(child >= 0, "fork");
  if (child == 0) {
    ::close(ends[0]);
    run_and_send(work, cores, ends[1]);
  }
  ::close(ends[1]);
  const std::string answer = read_to_end(ends[0]);
  ::close(ends[0]);
  ::waitpid(child, nullptr, 0);
  return parse(answer);
}

unsigned available_cores() {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  require(::sched_getaffinity(0, sizeof cores, &cores) == 0, "sched_getaffinity");
  return static_cast<unsigned>(CPU_COUNT(&cores));
}

void stay_on_core(unsigned core) {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  CPU_SET(core, &cores);
  require(::sched_setaffinity(0, sizeof cores, &cores) == 0, "sched_setaffinity");
}

}  // namespace fhirbin::compare
