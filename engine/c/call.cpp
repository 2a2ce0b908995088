#include "engine/c/call.h"

#include <array>

namespace fhirbin::c {
namespace {

// How much of `text` fits into `room` bytes without cutting a UTF-8 character.
std::size_t whole_characters(std::string_view text, std::size_t room) noexcept {
  if (text.size() <= room) {
    return text.size();
  }
  std::size_t length = room;
  while (length > 0 && (static_cast<unsigned char>(text[length]) & 0xC0U) == 0x80U) {
    --length;
  }
  return length;
}

}  // namespace

fhirbin_status report(const Result<void>& done, fhirbin_error* error) noexcept {
  if (done) {
    return FHIRBIN_OK;
  }
  const auto status = static_cast<fhirbin_status>(done.error().code);
  if (error != nullptr) {
    fhirbin_error reason{};
    reason.status = status;
    reason.issue = static_cast<std::int32_t>(done.error().issue);
    const std::string_view message = done.error().message;
    const std::size_t length = whole_characters(message, sizeof reason.message - 1);
    message.copy(std::data(reason.message), length);
    give(reason, error);
  }
  return status;
}

}  // namespace fhirbin::c

const char* fhirbin_status_name(fhirbin_status status) {
  if (status == FHIRBIN_OK) {
    return "Ok";
  }
  if (status < 0 || status > FHIRBIN_INCOMPATIBLE_FORMAT) {
    return "Unknown";
  }
  return fhirbin::error_name(static_cast<fhirbin::ErrorCode>(status)).data();  // a literal
}

const char* fhirbin_library_version() { return FHIRBIN_VERSION; }
