#pragma once

#include <cstdarg>
#include <optional>
#include <string_view>

namespace fhirbin::tool {

// Why libmicrohttpd refuses a request by itself, with a page of HTML, in the words of an
// OperationOutcome.
struct LibraryRefusal {
  unsigned status;
  std::string_view issue_code;
  std::string_view message;
};

// Reads what libmicrohttpd logs, its only word on such a refusal and said just before it goes out.
// nullopt for every other message.
std::optional<LibraryRefusal> read_library_refusal(const char* format, va_list arguments);

}  // namespace fhirbin::tool
