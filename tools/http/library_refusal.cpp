#include "tools/http/library_refusal.h"

#include <microhttpd.h>

namespace fhirbin::tool {
namespace {

LibraryRefusal refusal_of(unsigned status) {
  switch (status) {
    case MHD_HTTP_BAD_REQUEST:
      return {.status = status,
              .issue_code = "structure",
              .message = "the request is not well-formed HTTP"};
    case MHD_HTTP_CONTENT_TOO_LARGE:
      return {.status = status,
              .issue_code = "too-long",
              .message = "the length of the body is beyond all limits"};
    case MHD_HTTP_URI_TOO_LONG:
      return {
          .status = status, .issue_code = "too-long", .message = "the request target is too long"};
    case MHD_HTTP_REQUEST_HEADER_FIELDS_TOO_LARGE:
      return {.status = status,
              .issue_code = "too-long",
              .message = "the request's header fields are too long"};
    case MHD_HTTP_HTTP_VERSION_NOT_SUPPORTED:
      return {.status = status,
              .issue_code = "not-supported",
              .message = "this version of HTTP is not supported"};
    default:
      return {
          .status = status, .issue_code = "exception", .message = "the request cannot be taken"};
  }
}

}  // namespace

std::optional<LibraryRefusal> read_library_refusal(const char* format, va_list arguments) {
  constexpr std::string_view kOwnAnswer = "Error processing request (HTTP response code is %u";
  if (!std::string_view(format).starts_with(kOwnAnswer)) {
    return std::nullopt;
  }
  va_list copy;
  va_copy(copy, arguments);
  const auto status = va_arg(copy, unsigned);
  va_end(copy);
  return refusal_of(status);
}

}  // namespace fhirbin::tool
