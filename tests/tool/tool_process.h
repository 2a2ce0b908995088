#pragma once

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <simdjson.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/file_text.h"
#include "tests/support/temporary_folder.h"

namespace fhirbin {

// What a finished process left.
struct ToolRun {
  int status = -1;  // exit status, or 128 + the signal that ended it
  std::string out;
  std::string err;
};

// A file that standard streams of a child can be bound to.
class StreamFile {
 public:
  StreamFile() : path_(folder_ / "stream"), descriptor_(open_file()) {}
  StreamFile(const StreamFile&) = delete;
  StreamFile& operator=(const StreamFile&) = delete;
  ~StreamFile() { (void)close(descriptor_); }

  int descriptor() const { return descriptor_; }
  std::string text() const { return testing::file_text(path_); }

 private:
  int open_file() const {
    const int descriptor = open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor < 0) {
      throw std::runtime_error("no stream file");
    }
    return descriptor;
  }

  testing::TemporaryFolder folder_;
  std::filesystem::path path_;
  int descriptor_;
};

// Waits until `condition` holds, two minutes at most.
template <class Condition>
bool eventually(Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(2);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) {
      return false;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

// The command as a running process, with these descriptors as its standard streams.
class ToolProcess {
 public:
  ToolProcess(const std::vector<std::string>& arguments, int input, int output, int error) {
    std::vector<char*> argv{const_cast<char*>(FHIRBIN_TOOL)};
    for (const std::string& argument : arguments) {
      argv.push_back(const_cast<char*>(argument.c_str()));
    }
    argv.push_back(nullptr);
    posix_spawn_file_actions_t actions{};
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, input, 0);
    posix_spawn_file_actions_adddup2(&actions, output, 1);
    posix_spawn_file_actions_adddup2(&actions, error, 2);
    const int failed = posix_spawn(&id_, FHIRBIN_TOOL, &actions, nullptr, argv.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    if (failed != 0) {
      throw std::runtime_error("the tool does not start");
    }
  }
  ToolProcess(const ToolProcess&) = delete;
  ToolProcess& operator=(const ToolProcess&) = delete;
  ~ToolProcess() {
    if (id_ > 0) {
      signal(SIGKILL);
      (void)wait();
    }
  }

  void signal(int number) const { (void)kill(id_, number); }

  // The exit status, or 128 + the signal that ended it. A process that hangs is killed.
  int wait() {
    int status = 0;
    const auto ended = [&] { return waitpid(id_, &status, WNOHANG) != 0; };
    if (!eventually(ended)) {
      signal(SIGKILL);
      (void)waitpid(id_, &status, 0);
    }
    id_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

 private:
  pid_t id_ = -1;
};

inline int null_device() {
  static const int kDescriptor = open("/dev/null", O_RDWR | O_CLOEXEC);
  return kDescriptor;
}

// Runs the command to its end.
inline ToolRun run_tool(const std::vector<std::string>& arguments, const std::string& input = {}) {
  const StreamFile in;
  const StreamFile out;
  const StreamFile err;
  EXPECT_EQ(write(in.descriptor(), input.data(), input.size()), static_cast<ssize_t>(input.size()));
  (void)lseek(in.descriptor(), 0, SEEK_SET);
  ToolProcess process(arguments, in.descriptor(), out.descriptor(), err.descriptor());
  const int status = process.wait();
  return {.status = status, .out = out.text(), .err = err.text()};
}

// Bytes that do not compress, the same ones for each seed.
inline std::string noise(std::size_t size, std::uint32_t seed = 1) {
  std::mt19937 engine(seed);
  std::string bytes(size, '\0');
  for (char& byte : bytes) {
    byte = static_cast<char>(engine() & 0xFFU);
  }
  return bytes;
}

// A test with a store of its own.
class ToolTest : public ::testing::Test {
 protected:
  std::string store() const { return (folder_ / "s.fhirbin").string(); }
  std::string file(const std::string& name) const { return (folder_ / name).string(); }

  void init(const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments{"init", store()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const ToolRun run = run_tool(arguments);
    ASSERT_EQ(run.status, 0) << run.err;
  }

  // Runs COMMAND STORE MORE...
  ToolRun on_store(const std::string& command, const std::vector<std::string>& more = {},
                   const std::string& input = {}) const {
    std::vector<std::string> arguments{command, store()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_tool(arguments, input);
  }

  // Stores `content` under a new id and returns the id.
  std::string put(const std::string& content, const std::string& type = "text/plain") const {
    const ToolRun run = on_store("put", {"--content-type", type}, content);
    EXPECT_EQ(run.status, 0) << run.err;
    const std::string reference = run.out;
    const std::size_t start = reference.find('/') + 1;
    return reference.substr(start, reference.find('/', start) - start);
  }

  // `text` as one JSON value, until the next call; ends the test where it is none.
  simdjson::dom::element parse(const std::string& text) {
    simdjson::dom::element value;
    if (parser_.parse(text).get(value) != simdjson::SUCCESS) {
      throw std::runtime_error("not JSON: " + text);
    }
    return value;
  }

  std::uint64_t number(const std::string& json, std::string_view name) {
    std::uint64_t value = 0;
    EXPECT_EQ(parse(json)[name].get(value), simdjson::SUCCESS) << name << " in " << json;
    return value;
  }

  std::string text(const std::string& json, std::string_view name) {
    std::string_view value;
    EXPECT_EQ(parse(json)[name].get(value), simdjson::SUCCESS) << name << " in " << json;
    return std::string(value);
  }

  // How many elements the array `name` has.
  std::size_t count(const std::string& json, std::string_view name) {
    simdjson::dom::array array;
    EXPECT_EQ(parse(json)[name].get(array), simdjson::SUCCESS) << name << " in " << json;
    return array.size();
  }

  testing::TemporaryFolder folder_;

 private:
  simdjson::dom::parser parser_;
};

}  // namespace fhirbin
