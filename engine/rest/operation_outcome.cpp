#include "engine/rest/operation_outcome.h"

#include "engine/fhir/resource_writer.h"

namespace fhirbin::rest {

int status_of(ErrorCode code, FhirVersion version) noexcept {
  const bool before_r4 = version < FhirVersion::kR4;
  switch (code) {
    case ErrorCode::kInvalidArgument:
    case ErrorCode::kInvalidResource:
      return 400;
    case ErrorCode::kNotFound:
      return 404;
    case ErrorCode::kGone:
      return 410;
    case ErrorCode::kVersionConflict:
      return before_r4 ? 409 : 412;
    case ErrorCode::kPreconditionMissing:
      return before_r4 ? 412 : 400;
    case ErrorCode::kMethodNotAllowed:
      return 405;
    case ErrorCode::kNotAcceptable:
      return 406;
    case ErrorCode::kUnsupportedMediaType:
      return 415;
    case ErrorCode::kTooLarge:
      return 413;
    case ErrorCode::kBusinessRule:
      return 422;
    case ErrorCode::kRangeNotSatisfiable:
      return 416;
    case ErrorCode::kReadOnly:
      return 403;
    case ErrorCode::kNoSpace:
      return 507;
    case ErrorCode::kBusy:
    case ErrorCode::kCancelled:
    case ErrorCode::kOutOfMemory:
      return 503;
    case ErrorCode::kCorrupt:
    case ErrorCode::kIo:
    case ErrorCode::kIndeterminate:
    case ErrorCode::kIncompatibleFormat:
      return 500;
  }
  return 500;
}

std::string_view issue_code_of(const Error& error, FhirVersion version) noexcept {
  switch (error.issue) {
    case IssueType::kUnspecified:
      break;
    case IssueType::kStructure:
      return "structure";
    case IssueType::kInvalid:
      return "invalid";
    case IssueType::kValue:
      return "value";
    case IssueType::kRequired:
      return "required";
  }
  switch (error.code) {
    case ErrorCode::kInvalidArgument:
    case ErrorCode::kRangeNotSatisfiable:
      return "value";
    case ErrorCode::kInvalidResource:
      return "invalid";
    case ErrorCode::kNotFound:
      return "not-found";
    case ErrorCode::kGone:
      return version < FhirVersion::kR4 ? "not-found" : "deleted";  // `deleted` came with R4
    case ErrorCode::kVersionConflict:
      return "conflict";
    case ErrorCode::kPreconditionMissing:
      return "required";
    case ErrorCode::kMethodNotAllowed:
    case ErrorCode::kNotAcceptable:
    case ErrorCode::kUnsupportedMediaType:
      return "not-supported";
    case ErrorCode::kTooLarge:
      return "too-long";
    case ErrorCode::kBusinessRule:
      return "business-rule";
    case ErrorCode::kReadOnly:
      return "forbidden";
    case ErrorCode::kBusy:
      return "lock-error";
    case ErrorCode::kNoSpace:
      return "no-store";
    case ErrorCode::kCancelled:
    case ErrorCode::kOutOfMemory:
      return "transient";
    case ErrorCode::kCorrupt:
    case ErrorCode::kIo:
    case ErrorCode::kIndeterminate:
    case ErrorCode::kIncompatibleFormat:
      return "exception";
  }
  return "exception";
}

std::string make_outcome(std::string_view severity, std::string_view code,
                         std::string_view diagnostics) {
  std::string text = R"({"resourceType":"OperationOutcome","issue":[{"severity":")";
  text += severity;
  text += R"(","code":")";
  text += code;
  text += '"';
  if (!diagnostics.empty()) {
    text += R"(,"diagnostics":)";
    fhir::append_json_string(text, diagnostics);
  }
  return text + "}]}";
}

}  // namespace fhirbin::rest
