#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

#include "engine/util/guarded.h"
#include "engine/util/try.h"
#include "fhirbin/c.h"
#include "fhirbin/error.h"

namespace fhirbin::c {

// Turns the outcome of a call into its status, and writes the reason to `error` where there is one
// to write to.
fhirbin_status report(const Result<void>& done, fhirbin_error* error) noexcept;

// Runs the body of a C function. `body` returns a Result<void> and may throw.
template <class Body>
fhirbin_status call(fhirbin_error* error, Body&& body) noexcept {
  return report(guarded([&]() -> Result<void> { return body(); }), error);
}

// A pointer argument that must be there.
template <class T>
Result<void> require(const T* pointer, std::string_view name) {
  if (pointer == nullptr) {
    return fail(ErrorCode::kInvalidArgument, std::string(name) + " must not be null");
  }
  return {};
}

// Text that may be left out.
inline std::string_view text_or_empty(const char* text) noexcept {
  return text == nullptr ? std::string_view() : std::string_view(text);
}

// Structs that callers own have no padding: what looks like room to grow would be their garbage.
template <class T>
concept CallerStruct = std::has_unique_object_representations_v<T>;

// A caller's struct as ours: fields that its size does not cover keep the values of `defaults`, and
// so do all when `given` is null. Errors: kInvalidArgument for a size that no such struct has, and
// for one that sets fields we do not know.
template <CallerStruct T>
Result<T> take(const T* given, T defaults) {
  if (given == nullptr) {
    return defaults;
  }
  const std::size_t size = given->struct_size;
  if (size < sizeof(std::size_t)) {
    return fail(ErrorCode::kInvalidArgument, "a struct's size is not filled in");
  }
  const auto* const bytes = reinterpret_cast<const std::byte*>(given);
  for (std::size_t i = sizeof(T); i < size; ++i) {
    if (bytes[i] != std::byte{0}) {
      return fail(ErrorCode::kInvalidArgument, "a struct sets a field that this library lacks");
    }
  }
  std::memcpy(&defaults, given, std::min(size, sizeof(T)));
  return defaults;
}

// Writes `value` to a caller's struct, as far as that goes; its size stays what it is.
template <CallerStruct T>
void give(T value, T* target, std::size_t struct_size) noexcept {
  if (target == nullptr) {
    return;
  }
  value.struct_size = struct_size;
  std::memcpy(target, &value, std::min(struct_size, sizeof(T)));
}

// The same, where the caller filled the size in.
template <CallerStruct T>
void give(const T& value, T* target) noexcept {
  if (target != nullptr) {
    give(value, target, target->struct_size);
  }
}

}  // namespace fhirbin::c
