#include "fhirbin/error.h"

#include <gtest/gtest.h>

namespace fhirbin {
namespace {

constexpr int kLastCode = static_cast<int>(ErrorCode::kIncompatibleFormat);

// Numbers and names are part of the API and of the C ABI: neither may ever move.
TEST(ErrorTest, CodesKeepTheirNumbersAndNames) {
  const struct {
    int number;
    std::string_view name;
  } cases[] = {
      {1, "InvalidArgument"},
      {2, "InvalidResource"},
      {3, "NotFound"},
      {4, "Gone"},
      {5, "VersionConflict"},
      {6, "PreconditionMissing"},
      {7, "MethodNotAllowed"},
      {8, "NotAcceptable"},
      {9, "UnsupportedMediaType"},
      {10, "TooLarge"},
      {11, "BusinessRule"},
      {12, "RangeNotSatisfiable"},
      {13, "Busy"},
      {14, "Corrupt"},
      {15, "Io"},
      {16, "OutOfMemory"},
      {17, "NoSpace"},
      {18, "ReadOnly"},
      {19, "Cancelled"},
      {20, "Indeterminate"},
      {21, "IncompatibleFormat"},
  };
  ASSERT_EQ(std::size(cases), static_cast<std::size_t>(kLastCode));
  for (const auto& c : cases) {
    EXPECT_EQ(error_name(static_cast<ErrorCode>(c.number)), c.name);
  }
}

TEST(ErrorTest, NumbersThatNameNoCodeAreUnknown) {
  EXPECT_EQ(error_name(static_cast<ErrorCode>(0)), "Unknown");
  EXPECT_EQ(error_name(static_cast<ErrorCode>(kLastCode + 1)), "Unknown");
}

}  // namespace
}  // namespace fhirbin
