#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

namespace fhirbin::tool {

// A line for each request: when, what, how it ended. Ids and values of query parameters are health
// data, so they are left out unless asked for; bodies and headers never appear. Thread-safe.
class AccessLog {
 public:
  enum class Targets : std::uint8_t {
    kShape,  // "/fhir/Binary/*/_history?_count=*"
    kWhole,
  };

  struct Entry {
    std::string_view method;
    std::string_view target;
    int status = 0;  // 0: the connection ended before an answer
    std::uint64_t request_bytes = 0;
    std::uint64_t response_bytes = 0;
    std::chrono::microseconds took{0};
  };

  // Writes to an open descriptor, which it does not close.
  AccessLog(int descriptor, Targets targets) : descriptor_(descriptor), targets_(targets) {}
  AccessLog(const AccessLog&) = delete;
  AccessLog& operator=(const AccessLog&) = delete;

  void write(const Entry& entry);

 private:
  const int descriptor_;
  const Targets targets_;
  std::mutex mutex_;
};

// `target` without ids and values: what is neither a word of FHIR's paths nor a parameter's name
// becomes *.
std::string shape_of_target(std::string_view target);

}  // namespace fhirbin::tool
