#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <fstream>
#include <stdexcept>
#include <thread>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <strings.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/conformance/client.h"
#include "tests/support/temporary_folder.h"

namespace fhirbin::testing {
namespace {

using Arguments = std::vector<std::string>;

std::vector<char*> argv_of(const Arguments& arguments) {
  std::vector<char*> argv;
  for (const std::string& argument : arguments) {
    argv.push_back(const_cast<char*>(argument.c_str()));
  }
  argv.push_back(nullptr);
  return argv;
}

// A pipe whose ends are closed once.
class Pipe {
 public:
  Pipe() {
    if (::pipe2(ends_.data(), O_CLOEXEC) != 0) {
      throw std::runtime_error("no pipe");
    }
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    close(0);
    close(1);
  }

  int read_end() const { return ends_[0]; }
  int write_end() const { return ends_[1]; }

  void close(std::size_t end) {
    if (ends_.at(end) >= 0) {
      ::close(std::exchange(ends_.at(end), -1));
    }
  }

  // All that comes until the last writer has gone.
  std::string read_all() {
    close(1);
    std::string text;
    std::array<char, 1 << 16> buffer;
    while (true) {
      const ssize_t got = ::read(ends_[0], buffer.data(), buffer.size());
      if (got > 0) {
        text.append(buffer.data(), static_cast<std::size_t>(got));
      } else if (got == 0 || errno != EINTR) {
        return text;
      }
    }
  }

  std::string read_line() {
    close(1);
    std::string line;
    for (char c = 0; ::read(ends_[0], &c, 1) == 1 && c != '\n';) {
      line.push_back(c);
    }
    return line;
  }

 private:
  std::array<int, 2> ends_{-1, -1};
};

// `fhirbin serve` on a port of its own choice. Dies with this process, whatever becomes of it.
class Server {
 public:
  explicit Server(const Arguments& arguments) {
    Pipe out;
    std::vector<char*> argv = argv_of(arguments);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      ::dup2(out.write_end(), STDOUT_FILENO);
      ::execv(FHIRBIN_TOOL, argv.data());
      ::_exit(127);
    }
    url_ = out.read_line();
    if (!url_.starts_with("http://")) {
      stop();
      throw std::runtime_error("the server does not start");
    }
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server() { EXPECT_EQ(stop(), 0) << "the server did not end well"; }

  const std::string& url() const { return url_; }

 private:
  // Asks it to end and gives its exit status; kills it when it takes a minute.
  int stop() {
    int status = 0;
    if (pid_ <= 0 || ::kill(pid_, SIGTERM) != 0) {
      return -1;
    }
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    while (::waitpid(pid_, &status, WNOHANG) == 0) {
      if (std::chrono::steady_clock::now() > deadline) {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, &status, 0);
        break;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

  pid_t pid_ = -1;
  std::string url_;
};

// Runs curl and gives what it wrote; its exit status goes into `status`.
std::string run_curl(const Arguments& arguments, int& status) {
  Pipe out;
  std::vector<char*> argv = argv_of(arguments);
  posix_spawn_file_actions_t actions{};
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, out.write_end(), STDOUT_FILENO);
  pid_t pid = -1;
  const int failed = posix_spawnp(&pid, "curl", &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) {
    throw std::runtime_error("curl does not start");
  }
  std::string text = out.read_all();
  int ended = 0;
  ::waitpid(pid, &ended, 0);
  status = WIFEXITED(ended) ? WEXITSTATUS(ended) : 128 + WTERMSIG(ended);
  return text;
}

// Takes one block of a status line and header fields off the front.
bool take_head(std::string_view& text, Reply& reply) {
  const std::size_t end = text.find("\r\n\r\n");
  if (!text.starts_with("HTTP/1.1 ") || end == std::string_view::npos) {
    return false;
  }
  std::string_view head = text.substr(0, end + 2);
  text.remove_prefix(end + 4);
  reply.status = std::stoi(std::string(head.substr(9, 3)));
  reply.headers.clear();
  head.remove_prefix(head.find("\r\n") + 2);
  while (!head.empty()) {
    const std::string_view line = head.substr(0, head.find("\r\n"));
    head.remove_prefix(line.size() + 2);
    const std::size_t colon = std::min(line.find(':'), line.size());
    const std::size_t value = std::min(line.find_first_not_of(' ', colon + 1), line.size());
    reply.headers.push_back({std::string(line.substr(0, colon)), std::string(line.substr(value))});
  }
  return true;
}

class CurlClient final : public Client {
 public:
  explicit CurlClient(const ServiceSetup& setup) : setup_(setup) {
    Store::create(store_path(), setup.store).value().close().value();
    serve();
  }

  Reply send(std::string_view method, std::string_view target, const Headers& headers,
             std::optional<std::string_view> body) override {
    Arguments arguments{"curl",      "-q", "-sS",       "--http1.1", "--path-as-is",
                        "--globoff", "-i", "--noproxy", "*",         "--max-time",
                        "60"};
    if (method == "HEAD") {
      arguments.emplace_back("--head");  // -X HEAD would wait for a body
    } else {
      arguments.insert(arguments.end(), {"-X", std::string(method)});
    }
    add_headers(arguments, headers);
    if (body) {
      const std::filesystem::path file = folder_.path() / "body";
      std::ofstream(file, std::ios::binary)
          .write(body->data(), static_cast<std::streamsize>(body->size()));
      arguments.insert(arguments.end(), {"--data-binary", "@" + file.string()});
    }
    arguments.push_back(base_url() + std::string(target));
    int status = 0;
    const std::string text = run_curl(arguments, status);
    return parse(text, status);
  }

  std::string base_url() const override { return server_->url(); }

  void restart(const std::function<void(const std::filesystem::path&)>& change) override {
    server_.reset();
    change(store_path());
    serve();
  }

  std::filesystem::path store_path() const override { return folder_.path() / "test.fhirbin"; }

 private:
  void serve() {
    Arguments arguments{"fhirbin", "serve", store_path().string(), "--port", "0"};
    const auto add = [&](bool is_set, const char* option) {
      if (is_set) {
        arguments.emplace_back(option);
      }
    };
    add(setup_.return_representation, "--return-resource");
    add(setup_.accept_plain_json, "--json-is-fhir");
    add(setup_.require_if_match, "--require-if-match");
    server_ = std::make_unique<Server>(arguments);
  }

  // The fields of the test, and none that curl would add of its own.
  static void add_headers(Arguments& arguments, const Headers& headers) {
    const auto add = [&](std::string field) {
      arguments.insert(arguments.end(), {"-H", std::move(field)});
    };
    for (const char* name : {"Accept", "Content-Type", "User-Agent"}) {
      if (std::ranges::none_of(headers, [name](const rest::Header& header) {
            return ::strcasecmp(header.name.c_str(), name) == 0;
          })) {
        add(std::string(name) + ':');
      }
    }
    for (const rest::Header& header : headers) {
      add(header.value.empty() ? header.name + ';' : header.name + ": " + header.value);
    }
  }

  static Reply parse(std::string_view text, int status) {
    Reply reply;
    do {
      if (!take_head(text, reply)) {
        ADD_FAILURE() << "curl got no HTTP answer and ended with " << status;
        return {};
      }
    } while (reply.status < 200);  // 100 Continue comes first
    reply.body = text;
    reply.complete = status == 0;
    return reply;
  }

  TemporaryFolder folder_{memory_directory_path()};
  ServiceSetup setup_;
  std::unique_ptr<Server> server_;
};

}  // namespace

std::unique_ptr<Client> make_curl_client(const ServiceSetup& setup) {
  return std::make_unique<CurlClient>(setup);
}

}  // namespace fhirbin::testing
