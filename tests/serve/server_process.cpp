#include "tests/serve/server_process.h"

#include <array>
#include <charconv>
#include <fstream>
#include <stdexcept>

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace fhirbin {
namespace {

std::string read_first_line(int descriptor) {
  std::string line;
  char byte = 0;
  while (::read(descriptor, &byte, 1) == 1 && byte != '\n') {
    line += byte;
  }
  return line;
}

}  // namespace

ServerProcess::ServerProcess(const std::string& store, const std::vector<std::string>& options) {
  std::vector<std::string> arguments{FHIRBIN_TOOL, "serve", store, "--port", "0"};
  arguments.insert(arguments.end(), options.begin(), options.end());
  start(arguments);
  const std::size_t port =
      url_.find(':', url_.rfind(']') == std::string::npos ? 7 : url_.rfind(']'));
  if (port != std::string::npos) {
    std::from_chars(url_.data() + port + 1, url_.data() + url_.size(), port_);
  }
  if (port_ == 0) {
    throw std::runtime_error("the server does not start");
  }
}

void ServerProcess::start(const std::vector<std::string>& arguments) {
  std::vector<char*> argv;
  for (const std::string& argument : arguments) {
    argv.push_back(const_cast<char*>(argument.c_str()));
  }
  argv.push_back(nullptr);
  std::array<int, 2> output{};
  if (::pipe2(output.data(), O_CLOEXEC) != 0) {
    throw std::runtime_error("no pipe");
  }
  const pid_t parent = ::getpid();
  id_ = ::fork();
  if (id_ == 0) {
    (void)::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent || ::dup2(output[1], STDOUT_FILENO) < 0) {
      ::_exit(99);
    }
    ::execv(argv[0], argv.data());
    ::_exit(99);
  }
  (void)::close(output[1]);
  url_ = read_first_line(output[0]);
  (void)::close(output[0]);
}

ServerProcess::~ServerProcess() {
  if (id_ > 0) {
    (void)::kill(id_, SIGKILL);
    (void)::waitpid(id_, nullptr, 0);
  }
}

int ServerProcess::stop() {
  (void)::kill(id_, SIGTERM);
  int status = 0;
  if (!eventually([&] { return ::waitpid(id_, &status, WNOHANG) != 0; })) {
    (void)::kill(id_, SIGKILL);
    (void)::waitpid(id_, &status, 0);
  }
  id_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::uint64_t ServerProcess::memory_kib(const std::string& line) const {
  std::ifstream status("/proc/" + std::to_string(id_) + "/status");
  std::string text;
  while (std::getline(status, text)) {
    if (text.starts_with(line + ':')) {
      return std::stoull(text.substr(line.size() + 1));
    }
  }
  return 0;
}

void ServerProcess::forget_peak() const {
  std::ofstream("/proc/" + std::to_string(id_) + "/clear_refs") << '5';
}

}  // namespace fhirbin
