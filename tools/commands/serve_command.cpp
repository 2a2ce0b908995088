#include <condition_variable>
#include <fstream>
#include <limits>
#include <mutex>

#include <fcntl.h>
#include <unistd.h>

#include "fhirbin/rest.h"
#include "tools/commands/commands.h"
#include "tools/failure.h"
#include "tools/http/access_log.h"
#include "tools/http/http_server.h"
#include "tools/json_text.h"
#include "tools/opened_store.h"
#include "tools/stop_signals.h"

namespace fhirbin::tool {
namespace {

bool is_loopback_address(std::string_view address) {
  return address == "::1" || address.starts_with("127.");
}

// The first line of the file, without blanks around it.
std::string read_token(const std::string& path) {
  std::ifstream file(path);
  std::string token;
  if (!file || !std::getline(file, token)) {
    throw Failure(ErrorCode::kIo, "the token file cannot be read");
  }
  const std::size_t begin = token.find_first_not_of(" \t\r");
  if (begin == std::string::npos) {
    throw Failure(ErrorCode::kInvalidArgument, "the token file holds no token");
  }
  return token.substr(begin, token.find_last_not_of(" \t\r") - begin + 1);
}

// A descriptor that is closed unless it is one of the standard ones.
class LogFile {
 public:
  explicit LogFile(const std::string& path)
      : descriptor_(path == "-"
                        ? STDERR_FILENO
                        : ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600)) {
    if (descriptor_ < 0) {
      throw Failure(ErrorCode::kIo, "the access log cannot be opened");
    }
  }
  LogFile(const LogFile&) = delete;
  LogFile& operator=(const LogFile&) = delete;
  ~LogFile() {
    if (descriptor_ > STDERR_FILENO) {
      ::close(descriptor_);
    }
  }
  int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

// "fhir", "/fhir" and "/fhir/" are "/fhir"; "/" is "".
std::string normal_base_path(std::string_view path) {
  std::string normal = path.starts_with('/') || path.empty() ? "" : "/";
  normal += path;
  while (normal.ends_with('/')) {
    normal.pop_back();
  }
  return normal;
}

void check_usage(const ServeCommand& command) {
  constexpr const char* kPathCharacters =
      "/-._~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  if (command.base_path.find_first_not_of(kPathCharacters) != std::string::npos) {
    throw UsageFailure("--base-path must be a path of letters, digits and - . _ ~");
  }
  if (command.port > std::numeric_limits<std::uint16_t>::max()) {
    throw UsageFailure("--port must be a number up to 65535");
  }
  if (!is_loopback_address(command.address) && !command.token_file) {
    throw UsageFailure("listening on other addresses than the loopback needs --token-file");
  }
  if (command.max_connections == 0 || command.max_connections > 10'000) {
    throw UsageFailure("--max-connections must be a number from 1 to 10000");
  }
  for (const std::uint64_t seconds :
       {command.idle_timeout_seconds, command.header_timeout_seconds}) {
    if (seconds == 0 || seconds > 86'400) {
      throw UsageFailure("time-outs must be a number of seconds from 1 to 86400");
    }
  }
}

rest::ServiceOptions service_options(const ServeCommand& command, const std::stop_token& stop) {
  rest::ServiceOptions options;
  options.base_path = normal_base_path(command.base_path);
  options.return_representation = command.return_resource;
  options.accept_plain_json = command.accept_plain_json;
  options.require_if_match = command.require_if_match;
  options.stop = stop;
  return options;
}

HttpServerOptions server_options(const ServeCommand& command, FhirVersion fhir_version) {
  HttpServerOptions options;
  options.address = command.address;
  options.port = static_cast<std::uint16_t>(command.port);
  options.max_connections = static_cast<unsigned>(command.max_connections);
  options.idle_timeout = std::chrono::seconds(command.idle_timeout_seconds);
  options.header_timeout = std::chrono::seconds(command.header_timeout_seconds);
  options.min_body_bytes_per_second = command.min_body_rate;
  options.gate.fhir_version = fhir_version;
  options.gate.allowed_origin = command.allowed_origin;
  options.gate.loopback_names_only = is_loopback_address(command.address);
  if (command.token_file) {
    options.gate.token = read_token(*command.token_file);
  }
  return options;
}

std::string url_of(const ServeCommand& command, std::uint16_t port) {
  const bool six = command.address.find(':') != std::string::npos;
  const std::string host = six ? '[' + command.address + ']' : command.address;
  return "http://" + host + ':' + std::to_string(port) + normal_base_path(command.base_path);
}

void tell(const ServeCommand& command, std::uint16_t port, StandardOutput& out) {
  if (command.json) {
    JsonText json;
    json.begin_object().member("url", url_of(command, port)).member("port", std::uint64_t{port});
    out.print(json.end_object().str() + '\n');
  } else {
    out.print(url_of(command, port) + '\n');
  }
  check(out.flush());
}

void wait_for(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any stopped;
  std::unique_lock lock(mutex);
  stopped.wait(lock, stop, [] { return false; });
}

}  // namespace

ExitStatus run(const ServeCommand& command, StandardOutput& out) {
  check_usage(command);
  const StopSignals signals;
  Store store = open_for_writing(command.store);
  rest::Service service(store, service_options(command, signals.token()));
  HttpServerOptions options = server_options(command, store.fhir_version());
  std::optional<LogFile> file;
  std::optional<AccessLog> log;
  if (command.access_log) {
    file.emplace(*command.access_log);
    log.emplace(file->descriptor(),
                command.log_targets ? AccessLog::Targets::kWhole : AccessLog::Targets::kShape);
    options.log = &*log;
  }
  {
    const HttpServer server(service, options);
    tell(command, server.port(), out);
    wait_for(signals.token());
  }
  check(store.close());
  return ExitStatus::kDone;
}

}  // namespace fhirbin::tool
