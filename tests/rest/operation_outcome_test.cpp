#include "engine/rest/operation_outcome.h"

#include <algorithm>
#include <array>

#include <gtest/gtest.h>

#include "engine/rest/header_list.h"
#include "engine/rest/response.h"
#include "tests/support/fhir_versions.h"
#include "tests/support/json_document.h"

namespace fhirbin::rest {
namespace {

using fhirbin::testing::JsonDocument;
using fhirbin::testing::kAllVersions;

constexpr ErrorCode kLastCode = ErrorCode::kIncompatibleFormat;

TEST(OperationOutcomeTest, StatusAndCodeFollowTheFhirVersion) {
  const struct {
    ErrorCode code;
    int old_status;  // DSTU2 and STU3
    int status;      // R4 and later
    const char* old_issue;
    const char* issue;
  } cases[] = {
      {ErrorCode::kInvalidArgument, 400, 400, "value", "value"},
      {ErrorCode::kInvalidResource, 400, 400, "invalid", "invalid"},
      {ErrorCode::kNotFound, 404, 404, "not-found", "not-found"},
      {ErrorCode::kGone, 410, 410, "not-found", "deleted"},
      {ErrorCode::kVersionConflict, 409, 412, "conflict", "conflict"},
      {ErrorCode::kPreconditionMissing, 412, 400, "required", "required"},
      {ErrorCode::kMethodNotAllowed, 405, 405, "not-supported", "not-supported"},
      {ErrorCode::kNotAcceptable, 406, 406, "not-supported", "not-supported"},
      {ErrorCode::kUnsupportedMediaType, 415, 415, "not-supported", "not-supported"},
      {ErrorCode::kTooLarge, 413, 413, "too-long", "too-long"},
      {ErrorCode::kBusinessRule, 422, 422, "business-rule", "business-rule"},
      {ErrorCode::kRangeNotSatisfiable, 416, 416, "value", "value"},
      {ErrorCode::kBusy, 503, 503, "lock-error", "lock-error"},
      {ErrorCode::kCorrupt, 500, 500, "exception", "exception"},
      {ErrorCode::kIo, 500, 500, "exception", "exception"},
      {ErrorCode::kOutOfMemory, 503, 503, "transient", "transient"},
      {ErrorCode::kNoSpace, 507, 507, "no-store", "no-store"},
      {ErrorCode::kReadOnly, 403, 403, "forbidden", "forbidden"},
      {ErrorCode::kCancelled, 503, 503, "transient", "transient"},
      {ErrorCode::kIndeterminate, 500, 500, "exception", "exception"},
      {ErrorCode::kIncompatibleFormat, 500, 500, "exception", "exception"},
  };
  EXPECT_EQ(std::size(cases), static_cast<std::size_t>(kLastCode));
  for (const auto& c : cases) {
    SCOPED_TRACE(error_name(c.code));
    for (const FhirVersion version : kAllVersions) {
      const bool is_old = version < FhirVersion::kR4;
      EXPECT_EQ(status_of(c.code, version), is_old ? c.old_status : c.status);
      EXPECT_EQ(issue_code_of({.code = c.code, .message = {}}, version),
                is_old ? c.old_issue : c.issue);
      EXPECT_STRNE(reason_phrase(status_of(c.code, version)), "");
    }
  }
}

TEST(OperationOutcomeTest, TheIssueTypeOfAnErrorWins) {
  const Error error{
      .code = ErrorCode::kInvalidResource, .message = {}, .issue = IssueType::kRequired};
  EXPECT_EQ(issue_code_of(error, FhirVersion::kR4), "required");
  EXPECT_EQ(issue_code_of({.code = ErrorCode::kNotFound, .message = {}, .issue = IssueType::kValue},
                          FhirVersion::kR4),
            "value");
}

TEST(OperationOutcomeTest, DiagnosticsAreEscaped) {
  const JsonDocument outcome(make_outcome("error", "invalid", "a \"quote\"\n\\ and \x01"));
  ASSERT_TRUE(outcome.is_json());
  EXPECT_EQ(outcome.text("/resourceType"), "OperationOutcome");
  EXPECT_EQ(outcome.text("/issue/0/severity"), "error");
  EXPECT_EQ(outcome.text("/issue/0/code"), "invalid");
  EXPECT_EQ(outcome.text("/issue/0/diagnostics"), "a \"quote\"\n\\ and \x01");
}

TEST(OperationOutcomeTest, EmptyDiagnosticsAreLeftOutAsJsonStringsMayNotBeEmpty) {
  const JsonDocument outcome(make_outcome("information", "informational", ""));
  ASSERT_TRUE(outcome.is_json());
  EXPECT_FALSE(outcome.has("/issue/0/diagnostics"));
}

TEST(OperationOutcomeTest, WhatPassesSaysWhenToTryAgain) {
  for (const ErrorCode code : {ErrorCode::kBusy, ErrorCode::kOutOfMemory, ErrorCode::kCancelled}) {
    const Response response =
        error_response(Error{.code = code, .message = "later"}, FhirVersion::kR4);
    EXPECT_EQ(HeaderList(response.headers).find("Retry-After"), "1") << error_name(code);
  }
  const Response response =
      error_response(Error{.code = ErrorCode::kCorrupt, .message = "never"}, FhirVersion::kR4);
  EXPECT_EQ(HeaderList(response.headers).find("Retry-After"), std::nullopt);
}

}  // namespace
}  // namespace fhirbin::rest
