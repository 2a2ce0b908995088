#include "engine/rest/preference.h"

#include <gtest/gtest.h>

namespace fhirbin::rest {
namespace {

TEST(PreferenceTest, ReadsWhatAWriteIsToReturn) {
  const struct {
    const char* value;
    ReturnPreference want;
  } cases[] = {
      {"return=minimal", ReturnPreference::kMinimal},
      {"RETURN=Minimal", ReturnPreference::kMinimal},
      {"return = \"minimal\"", ReturnPreference::kMinimal},
      {"return=representation", ReturnPreference::kRepresentation},
      {"representation=resource", ReturnPreference::kRepresentation},
      {"return=OperationOutcome", ReturnPreference::kOperationOutcome},
      {"return=operationoutcome", ReturnPreference::kOperationOutcome},
      {"return=minimal; foo=\"a,b\"", ReturnPreference::kMinimal},
      {"respond-async, wait=10, return=minimal", ReturnPreference::kMinimal},
      {"handling=strict;return=minimal", ReturnPreference::kNone},
      {"return=minimal, return=representation", ReturnPreference::kMinimal},
      {"return=unheard-of, return=representation", ReturnPreference::kNone},
      {"x=\", return=representation\"", ReturnPreference::kNone},
      {"representation", ReturnPreference::kNone},
      {"representation=other", ReturnPreference::kNone},
      {"return", ReturnPreference::kNone},
      {"return=", ReturnPreference::kNone},
      {"return=\"", ReturnPreference::kNone},
      {"=minimal", ReturnPreference::kNone},
      {"", ReturnPreference::kNone},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.value);
    EXPECT_EQ(parse_prefer(c.value), c.want);
  }
}

}  // namespace
}  // namespace fhirbin::rest
