#include "tools/exit_status.h"

#include <gtest/gtest.h>

namespace fhirbin::tool {
namespace {

TEST(ExitStatusTest, EveryErrorHasTheStatusThatScriptsRelyOn) {
  const struct {
    ErrorCode code;
    int want;
  } cases[] = {
      {ErrorCode::kIo, 1},
      {ErrorCode::kNoSpace, 1},
      {ErrorCode::kReadOnly, 1},
      {ErrorCode::kCancelled, 1},
      {ErrorCode::kIndeterminate, 1},
      {ErrorCode::kOutOfMemory, 1},
      {ErrorCode::kNotFound, 3},
      {ErrorCode::kMethodNotAllowed, 3},
      {ErrorCode::kGone, 4},
      {ErrorCode::kVersionConflict, 5},
      {ErrorCode::kPreconditionMissing, 5},
      {ErrorCode::kBusinessRule, 5},
      {ErrorCode::kInvalidArgument, 6},
      {ErrorCode::kInvalidResource, 6},
      {ErrorCode::kNotAcceptable, 6},
      {ErrorCode::kUnsupportedMediaType, 6},
      {ErrorCode::kRangeNotSatisfiable, 6},
      {ErrorCode::kTooLarge, 7},
      {ErrorCode::kBusy, 8},
      {ErrorCode::kCorrupt, 9},
      {ErrorCode::kIncompatibleFormat, 9},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(error_name(c.code));
    EXPECT_EQ(static_cast<int>(exit_status_of(c.code)), c.want);
  }
}

}  // namespace
}  // namespace fhirbin::tool
