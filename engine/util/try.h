#pragma once

#include <expected>
#include <string>
#include <utility>

#include "fhirbin/error.h"

// Early return for Result, as g++ 12's std::expected has no and_then. Never used in public headers.

namespace fhirbin {

// An error to return: `return fail(ErrorCode::kNotFound, "no such Binary");`
inline std::unexpected<Error> fail(ErrorCode code, std::string message,
                                   IssueType issue = IssueType::kUnspecified) {
  return std::unexpected<Error>(Error{.code = code, .message = std::move(message), .issue = issue});
}

// Passes on the error of a result that has one.
template <class T>
std::unexpected<Error> pass_on(Result<T>& failed) {
  return std::unexpected<Error>(std::move(failed.error()));
}

}  // namespace fhirbin

#define FHIRBIN_CONCAT_INNER(a, b) a##b
#define FHIRBIN_CONCAT(a, b) FHIRBIN_CONCAT_INNER(a, b)

// Returns the error of the expression (a Result) if it has one; drops its value. The counter keeps
// an expression that holds a lambda with a FHIRBIN_TRY of its own from shadowing.
#define FHIRBIN_TRY(...) FHIRBIN_TRY_INNER(FHIRBIN_CONCAT(try_result_, __COUNTER__), __VA_ARGS__)
#define FHIRBIN_TRY_INNER(result, ...)          \
  do {                                          \
    if (auto result = (__VA_ARGS__); !result) { \
      return ::fhirbin::pass_on(result);        \
    }                                           \
  } while (false)

// Declares `declaration` from the value of `expression`, or returns its error:
// FHIRBIN_TRY_ASSIGN(Statement query, Statement::prepare(connection, sql));
#define FHIRBIN_TRY_ASSIGN(declaration, ...) \
  FHIRBIN_TRY_ASSIGN_INNER(FHIRBIN_CONCAT(try_result_, __COUNTER__), declaration, __VA_ARGS__)
#define FHIRBIN_TRY_ASSIGN_INNER(result, declaration, ...) \
  auto result = (__VA_ARGS__);                             \
  if (!result) {                                           \
    return ::fhirbin::pass_on(result);                     \
  }                                                        \
  declaration = std::move(*result)
