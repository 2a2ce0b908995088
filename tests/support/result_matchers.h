#pragma once

#include <ostream>
#include <string>

#include <gmock/gmock.h>

#include "fhirbin/error.h"

namespace fhirbin {

inline void PrintTo(const Error& error, std::ostream* out) {
  *out << error_name(error.code) << ": " << error.message;
}

// Content is not worth printing; what became of the call is.
template <class T>
void PrintTo(const Result<T>& result, std::ostream* out) {
  if (result) {
    *out << "a success";
  } else {
    PrintTo(result.error(), out);
  }
}

namespace testing {

MATCHER(is_ok, "succeeds") {
  if (!arg) {
    *result_listener << error_name(arg.error().code) << ": " << arg.error().message;
  }
  return arg.has_value();
}

MATCHER_P(is_error, code, "fails with " + std::string(error_name(code))) {
  if (arg) {
    *result_listener << "it succeeded";
    return false;
  }
  *result_listener << error_name(arg.error().code) << ": " << arg.error().message;
  return arg.error().code == code;
}

}  // namespace testing
}  // namespace fhirbin
