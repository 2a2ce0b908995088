#include "engine/fhir/resource_id.h"

#include <string>

#include <gtest/gtest.h>

namespace fhirbin::fhir {
namespace {

TEST(ResourceIdTest, TakesWhatTheGrammarAllowsByteForByte) {
  for (const std::string& id : {std::string("a"), std::string("A-Z.09"), std::string("."),
                                std::string(".."), std::string("-"), std::string(64, 'x')}) {
    EXPECT_TRUE(check_resource_id(id)) << id;
  }
  for (const std::string& id :
       {std::string(), std::string(65, 'x'), std::string("a/b"), std::string("a b"),
        std::string("a_b"), std::string("a\n"), std::string("a\0", 2), std::string("\xC3\xA9"),
        std::string("a@"), std::string("a["), std::string("a`"), std::string("a{"),
        std::string("a:")}) {
    const Result<void> checked = check_resource_id(id);
    ASSERT_FALSE(checked) << id;
    EXPECT_EQ(checked.error().code, ErrorCode::kInvalidArgument);
  }
}

}  // namespace
}  // namespace fhirbin::fhir
