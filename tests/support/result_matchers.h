#pragma once

#include <ostream>

#include <gmock/gmock.h>

#include "fhirbin/error.h"

namespace fhirbin {

inline void PrintTo(const Error& error, std::ostream* out) {
  *out << error_name(error.code) << ": " << error.message;
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
