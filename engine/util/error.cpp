#include "fhirbin/error.h"

namespace fhirbin {

std::string_view error_name(ErrorCode code) noexcept {
  switch (code) {
    case ErrorCode::kInvalidArgument:
      return "InvalidArgument";
    case ErrorCode::kInvalidResource:
      return "InvalidResource";
    case ErrorCode::kNotFound:
      return "NotFound";
    case ErrorCode::kGone:
      return "Gone";
    case ErrorCode::kVersionConflict:
      return "VersionConflict";
    case ErrorCode::kPreconditionMissing:
      return "PreconditionMissing";
    case ErrorCode::kMethodNotAllowed:
      return "MethodNotAllowed";
    case ErrorCode::kNotAcceptable:
      return "NotAcceptable";
    case ErrorCode::kUnsupportedMediaType:
      return "UnsupportedMediaType";
    case ErrorCode::kTooLarge:
      return "TooLarge";
    case ErrorCode::kBusinessRule:
      return "BusinessRule";
    case ErrorCode::kRangeNotSatisfiable:
      return "RangeNotSatisfiable";
    case ErrorCode::kBusy:
      return "Busy";
    case ErrorCode::kCorrupt:
      return "Corrupt";
    case ErrorCode::kIo:
      return "Io";
    case ErrorCode::kOutOfMemory:
      return "OutOfMemory";
    case ErrorCode::kNoSpace:
      return "NoSpace";
    case ErrorCode::kReadOnly:
      return "ReadOnly";
    case ErrorCode::kCancelled:
      return "Cancelled";
    case ErrorCode::kIndeterminate:
      return "Indeterminate";
    case ErrorCode::kIncompatibleFormat:
      return "IncompatibleFormat";
  }
  return "Unknown";  // a number that names no code, e.g. from a newer library through the C ABI
}

}  // namespace fhirbin
