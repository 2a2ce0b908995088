#include <cerrno>
#include <csignal>
#include <exception>
#include <iostream>
#include <new>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include <fcntl.h>
#include <unistd.h>

#include "tools/command_line.h"
#include "tools/commands/commands.h"
#include "tools/failure.h"
#include "tools/json_text.h"
#include "tools/standard_output.h"
#include "tools/utf8.h"

namespace fhirbin::tool {
namespace {

ExitStatus run_command_line(std::span<const char* const> arguments, StandardOutput& out) {
  const auto parsed = parse_command_line(arguments);
  ExitStatus status = ExitStatus::kDone;
  if (const auto* answer = std::get_if<Answer>(&parsed)) {
    status = answer->status;
    if (status == ExitStatus::kDone) {
      out.print(answer->text);
    } else {
      std::cerr << answer->text;
    }
  } else {
    status = std::visit([&out](const auto& command) { return run(command, out); },
                        std::get<Command>(parsed));
  }
  check(out.flush());
  return status;
}

ExitStatus report(std::string_view code, std::string_view message, ExitStatus status, bool json) {
  if (json) {
    JsonText text;
    text.begin_object().key("error").begin_object();
    text.member("code", code).member("message", message);
    text.member("exit", static_cast<unsigned>(status)).end_object().end_object();
    std::cerr << text.str() << '\n';
  } else {
    std::cerr << "fhirbin: " << printable(message) << '\n';
  }
  return status;
}

ExitStatus report(const Error& error, bool json) {
  return report(error_name(error.code), error.message, exit_status_of(error.code), json);
}

ExitStatus run_and_report(std::span<const char* const> arguments) {
  StandardOutput out(STDOUT_FILENO);
  const bool json = wants_json(arguments);
  try {
    return run_command_line(arguments, out);
  } catch (const UsageFailure& failure) {
    (void)out.flush();  // The failure matters more.
    return report("Usage", failure.what(), ExitStatus::kUsage, json);
  } catch (const Failure& failure) {
    if (out.broken()) {
      // Whoever read the output had enough, as `head` does. Not everything was delivered, so this
      // is no success, but there is nothing to complain about either.
      return ExitStatus::kFailure;
    }
    (void)out.flush();  // What came before the failure; the failure matters more.
    return report(failure.error(), json);
  } catch (const std::bad_alloc&) {
    return report({.code = ErrorCode::kOutOfMemory, .message = "out of memory"}, json);
  } catch (const std::exception& failure) {
    return report({.code = ErrorCode::kIo, .message = failure.what()}, json);
  }
}

// The kernel gives the lowest free descriptor, so a standard stream that the parent closed would
// become one of the store's files. Its place is taken by one whose use fails, as it should.
void occupy_closed_standard_streams() {
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(stream, F_GETFD) < 0 && errno == EBADF) {
      (void)::open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY);  // the lowest is it
    }
  }
}

}  // namespace
}  // namespace fhirbin::tool

int main(int argc, char** argv) {
  fhirbin::tool::occupy_closed_standard_streams();
  // A reader that goes away is an error of write() here, not the end of the process.
  (void)std::signal(SIGPIPE, SIG_IGN);
  const std::span<const char* const> all(argv, static_cast<std::size_t>(argc));
  return static_cast<int>(fhirbin::tool::run_and_report(all.subspan(argc > 0 ? 1 : 0)));
}
