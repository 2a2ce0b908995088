#include <filesystem>

#include <gtest/gtest.h>

#include "tests/support/folder_image.h"
#include "tests/support/json_document.h"
#include "tests/support/result_matchers.h"
#include "tests/support/sha256.h"
#include "tests/support/temporary_store.h"

namespace fhirbin::testing {
namespace {

struct Example {
  const char* file;
  FhirVersion version;
  std::string pointer;
  bool spaced;
};

class Hl7ExamplesTest : public ::testing::TestWithParam<Example> {};

TEST_P(Hl7ExamplesTest, GivesThePublishedBytes) {
  const Example& example = GetParam();
  const std::filesystem::path path = std::filesystem::path(FHIRBIN_EXAMPLES_DIR) / example.file;
  if (!std::filesystem::exists(path)) {
    GTEST_SKIP() << "the example is not here: " << path;
  }
  const JsonDocument sent(file_text(path));
  EXPECT_EQ(sent.text(example.pointer)->find(' ') != std::string::npos, example.spaced);

  TemporaryStore store({.fhir_version = example.version});
  const auto info = store->create(file_source(path), {.content_type = kFhirJson});
  ASSERT_THAT(info, is_ok());
  EXPECT_EQ(info->content_type, "application/pdf");
  EXPECT_EQ(info->security_context, "DocumentReference/example");
  const auto bytes = read_all(*store, info->id);
  ASSERT_THAT(bytes, is_ok());
  EXPECT_EQ(bytes->size(), 130'068U);
  EXPECT_EQ(sha256_hex(*bytes), "26a4fe4dbef2c9229adbf4da955a341e1a8223ed572fa70241eca80ee429a164");

  const JsonDocument got(*read_json(*store, info->id));
  const auto payload = got.text(example.pointer);
  ASSERT_TRUE(payload);
  EXPECT_EQ(payload->size(), 130'068U / 3 * 4);
  EXPECT_EQ(payload->find_first_of(" \r\n\t"), std::string::npos);
  std::string unspaced = *sent.text(example.pointer);
  std::erase(unspaced, ' ');
  EXPECT_TRUE(*payload == unspaced);
}

INSTANTIATE_TEST_SUITE_P(
    All, Hl7ExamplesTest,
    ::testing::Values(Example{"STU3-binary-example.json", FhirVersion::kStu3, "/content", true},
                      Example{"R4-binary-example.json", FhirVersion::kR4, "/data", true},
                      Example{"R4B-binary-example.json", FhirVersion::kR4B, "/data", true},
                      Example{"R5-binary-example.json", FhirVersion::kR5, "/data", false}),
    [](const auto& example) { return std::string(fhir_version_name(example.param.version)); });

}  // namespace
}  // namespace fhirbin::testing
