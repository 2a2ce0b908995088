#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "fhirbin/export_macro.h"

namespace fhirbin {

// What went wrong, named for what the caller can do about it. Values are part of the API.
// HTTP statuses in brackets are those of a FHIR REST front (FHIR R4 http.html).
enum class ErrorCode : std::uint8_t {
  kInvalidArgument =
      1,  // The call itself is wrong (bad id, version, option); repeating cannot help.
  kInvalidResource = 2,  // The body is not a valid Binary of the store's FHIR version (400).
  kNotFound = 3,         // No such store, no such Binary, or no such version of it (404).
  kGone = 4,             // It existed; the version asked for is a deletion, or was purged (410).
  kVersionConflict = 5,  // If-Match named another version, or If-None-Match found one (409, 412).
  kPreconditionMissing = 6,   // The store insists on If-Match and none was given (412, 400).
  kMethodNotAllowed = 7,      // This store does not create by update (405).
  kNotAcceptable = 8,         // No stored form fits the media types asked for (406).
  kUnsupportedMediaType = 9,  // contentType is no media type, or its parameters do not fit (415).
  kTooLarge = 10,             // More bytes than the limit allows; nothing was stored (413).
  kBusinessRule = 11,  // Refused to protect stored content (422), e.g. an export line written back.
  kRangeNotSatisfiable = 12,  // The range lies outside the content (416).
  kBusy = 13,           // Another writer or reader holds a lock past the time-out; retry (503).
  kCorrupt = 14,        // Stored bytes fail verification; restore from a copy.
  kIo = 15,             // The operating system or SQLite could not read or write.
  kOutOfMemory = 16,    // An allocation failed; nothing was changed.
  kNoSpace = 17,        // The file system is full; nothing was changed, the store stays usable.
  kReadOnly = 18,       // The store was opened, or can only be opened, for reading.
  kCancelled = 19,      // A stop token was set; nothing was changed, or a consistent part was done.
  kIndeterminate = 20,  // A sync failed, so the call may have taken effect or not. Every later call
                        // on the same Store fails so too: reopen it and re-read the head.
  kIncompatibleFormat = 21,  // Not a store, or a format this engine does not know; left untouched.
};

// The name of `code` without its k, e.g. "VersionConflict".
FHIRBIN_API std::string_view error_name(ErrorCode code) noexcept;

// The FHIR issue type that fits an error best (OperationOutcome.issue.code).
enum class IssueType : std::uint8_t {
  kUnspecified,  // Derive it from the ErrorCode.
  kStructure,    // Not JSON, or JSON of the wrong shape.
  kInvalid,      // Well formed, but content rules are broken.
  kValue,        // A value is outside its grammar.
  kRequired,     // A mandatory element is missing.
};

// Why a call failed. `message` says what was tried, on what and why it failed, for people.
// It never holds content, ids of other Binaries or header values: these are health records.
struct Error {
  ErrorCode code = ErrorCode::kIo;
  std::string message;
  IssueType issue = IssueType::kUnspecified;
};

// std::expected<T, Error> that cannot be dropped unread (libstdc++ 12 does not mark it so).
template <class T>
class [[nodiscard]] Result : public std::expected<T, Error> {
 public:
  using std::expected<T, Error>::expected;
};

}  // namespace fhirbin
