#pragma once

#include <stdexcept>
#include <string>
#include <utility>

#include "fhirbin/error.h"

namespace fhirbin::compare {

// A measurement that goes wrong ends: the row then tells why instead of a figure.
[[noreturn]] inline void give_up(const std::string& why) { throw std::runtime_error(why); }

inline void require(bool condition, const char* what) {
  if (!condition) {
    give_up(std::string(what) + " failed");
  }
}

// The value of a result that must be there.
template <class T>
T require(Result<T> result) {
  if (!result) {
    give_up(std::string(error_name(result.error().code)) + ": " + result.error().message);
  }
  if constexpr (!std::is_void_v<T>) {
    return std::move(*result);
  }
}

}  // namespace fhirbin::compare
