#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <rapidcheck.h>

#include "engine/util/bytes.h"
#include "fhirbin/error.h"
#include "fhirbin/queries.h"
#include "fhirbin/version_info.h"

// Comparisons that end the sequence with a message which says what was compared.
namespace fhirbin::testing {

std::string describe(const VersionInfo& info);
std::string describe(const std::vector<VersionInfo>& infos);
std::string describe(const std::vector<Change>& changes);

void expect_true(std::string_view what, bool holds);
void expect_same(std::string_view what, std::uint64_t got, std::uint64_t want);
// Text of any length; only the surroundings of the first difference are shown.
void expect_same_text(std::string_view what, std::string_view got, std::string_view want);
void expect_same_bytes(std::string_view what, ByteSpan got, ByteSpan want);

[[noreturn]] void fail_sequence(std::string_view what, std::string_view why);
std::string describe_error(const Error& error);

template <class T>
T expect_ok(std::string_view what, Result<T> result) {
  if (!result) {
    fail_sequence(what, "failed with " + describe_error(result.error()));
  }
  if constexpr (!std::is_void_v<T>) {
    return *std::move(result);
  }
}

template <class T>
void expect_error(std::string_view what, const Result<T>& result, ErrorCode code) {
  if (result) {
    fail_sequence(what, "succeeded instead of failing with " + std::string(error_name(code)));
  }
  if (result.error().code != code) {
    fail_sequence(what, "failed with " + describe_error(result.error()) + " instead of " +
                            std::string(error_name(code)));
  }
}

// True when both succeeded, false when both failed alike.
template <class T, class U>
bool expect_like(std::string_view what, const Result<T>& got, const Result<U>& want) {
  if (!want) {
    expect_error(what, got, want.error().code);
    return false;
  }
  if (!got) {
    fail_sequence(what, "failed with " + describe_error(got.error()));
  }
  return true;
}

}  // namespace fhirbin::testing
