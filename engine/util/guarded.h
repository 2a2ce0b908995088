#pragma once

#include <exception>
#include <expected>
#include <new>

#include "fhirbin/error.h"

namespace fhirbin {

// Runs the body of a public function or of a thread, which returns a Result, so that
// exceptions never cross the API, and none ends the program.
template <class Body>
auto guarded(Body&& body) noexcept -> decltype(body()) {
  try {
    return body();
  } catch (const std::bad_alloc&) {
    return std::unexpected<Error>(Error{.code = ErrorCode::kOutOfMemory, .message = {}});
  } catch (const std::exception&) {
    return std::unexpected<Error>(
        Error{.code = ErrorCode::kIo, .message = "an unexpected failure"});
  } catch (...) {
    return std::unexpected<Error>(Error{.code = ErrorCode::kIo, .message = {}});
  }
}

}  // namespace fhirbin
