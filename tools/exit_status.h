#pragma once

#include <cstdint>

#include "fhirbin/error.h"

namespace fhirbin::tool {

// How the process ends. Scripts rely on these numbers: they never change their meaning.
enum class ExitStatus : std::uint8_t {
  kDone = 0,
  kFailure = 1,  // I/O, no space, read-only, cancelled, indeterminate, out of memory
  kUsage = 2,
  kNotFound = 3,
  kGone = 4,
  kConflict = 5,
  kInvalidInput = 6,
  kTooLarge = 7,
  kBusy = 8,
  kDamaged = 9,  // corrupt, incompatible, or a verification that found damage
};

// No default: a new ErrorCode has to be given its status here.
constexpr ExitStatus exit_status_of(ErrorCode code) noexcept {
  switch (code) {
    case ErrorCode::kIo:
    case ErrorCode::kNoSpace:
    case ErrorCode::kReadOnly:
    case ErrorCode::kCancelled:
    case ErrorCode::kIndeterminate:
    case ErrorCode::kOutOfMemory:
      return ExitStatus::kFailure;
    case ErrorCode::kNotFound:
    case ErrorCode::kMethodNotAllowed:
      return ExitStatus::kNotFound;
    case ErrorCode::kGone:
      return ExitStatus::kGone;
    case ErrorCode::kVersionConflict:
    case ErrorCode::kPreconditionMissing:
    case ErrorCode::kBusinessRule:
      return ExitStatus::kConflict;
    case ErrorCode::kInvalidArgument:
    case ErrorCode::kInvalidResource:
    case ErrorCode::kNotAcceptable:
    case ErrorCode::kUnsupportedMediaType:
    case ErrorCode::kRangeNotSatisfiable:
      return ExitStatus::kInvalidInput;
    case ErrorCode::kTooLarge:
      return ExitStatus::kTooLarge;
    case ErrorCode::kBusy:
      return ExitStatus::kBusy;
    case ErrorCode::kCorrupt:
    case ErrorCode::kIncompatibleFormat:
      return ExitStatus::kDamaged;
  }
  return ExitStatus::kFailure;
}

}  // namespace fhirbin::tool
