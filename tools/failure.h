#pragma once

#include <exception>
#include <string>
#include <utility>

#include "fhirbin/error.h"

// The tool ends a command early by an exception, which main() turns into a message and an exit
// status. Nothing is thrown through the engine: Sources and Sinks return Results.

namespace fhirbin::tool {

// The command was understood and did not succeed.
class Failure : public std::exception {
 public:
  explicit Failure(Error error) : error_(std::move(error)) {}
  Failure(ErrorCode code, std::string message)
      : error_{.code = code, .message = std::move(message)} {}

  const Error& error() const noexcept { return error_; }
  const char* what() const noexcept override { return error_.message.c_str(); }

 private:
  Error error_;
};

// The command line was not understood, or asks for things that exclude each other.
class UsageFailure : public std::exception {
 public:
  explicit UsageFailure(std::string message) : message_(std::move(message)) {}
  const char* what() const noexcept override { return message_.c_str(); }

 private:
  std::string message_;
};

// The value of `result`, or a Failure.
template <class T>
T take(Result<T> result) {
  if (!result) {
    throw Failure(std::move(result.error()));
  }
  return std::move(*result);
}

// Nothing, or a Failure.
inline void check(Result<void> result) {
  if (!result) {
    throw Failure(std::move(result.error()));
  }
}

}  // namespace fhirbin::tool
