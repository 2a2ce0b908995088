#include <filesystem>
#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "engine/fhir/envelope.h"
#include "engine/util/hash.h"
#include "tests/fhir/lifting.h"

namespace fhirbin::fhir {
namespace {

// The published examples, which are no part of this repository.
class LifterExamplesTest : public ::testing::Test {
 protected:
  void SetUp() override {
#ifdef FHIRBIN_EXAMPLES_DIR
    if (std::filesystem::is_directory(FHIRBIN_EXAMPLES_DIR)) {
      return;
    }
#endif
    GTEST_SKIP() << "the FHIR examples are not here";
  }

  static std::string read_example(const std::string& name) {
#ifdef FHIRBIN_EXAMPLES_DIR
    std::ifstream file(std::string(FHIRBIN_EXAMPLES_DIR) + "/" + name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
#else
    return name;
#endif
  }
};

TEST_F(LifterExamplesTest, AllVersionsOfTheHl7ExampleHoldTheSameBytes) {
  const struct {
    const char* file;
    FhirVersion version;
  } cases[] = {
      {"STU3-binary-example.json", FhirVersion::kStu3},
      {"R4-binary-example.json", FhirVersion::kR4},
      {"R4B-binary-example.json", FhirVersion::kR4B},
      {"R5-binary-example.json", FhirVersion::kR5},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.file);
    const std::string body = read_example(c.file);
    const Lifted lifted = lift(c.version, body);
    ASSERT_FALSE(lifted.error) << lifted.error->message;
    EXPECT_EQ(lifted.kind, Lifter::Kind::kBinary);
    EXPECT_EQ(lifted.content.size(), 130'068U);
    EXPECT_EQ(compute_hash(0, as_bytes(lifted.content)).to_hex(),
              "09b63bff6861bd8e06c9cee2c49c1229");
    EXPECT_EQ(lift_bytewise(c.version, body), lifted);
    for (std::size_t cut = 1; cut < body.size(); cut += 997) {
      EXPECT_EQ(lift(c.version, body, {cut}), lifted) << "cut at " << cut;
    }

    const Result<Envelope> envelope = parse_envelope(lifted.envelope, c.version);
    ASSERT_TRUE(envelope) << envelope.error().message;
    EXPECT_EQ(envelope->id, "example");
    EXPECT_EQ(envelope->content_type, "application/pdf");
    EXPECT_EQ(envelope->security_context, R"({"reference":"DocumentReference/example"})");
    EXPECT_EQ(envelope->elements, "{}");
  }
}

TEST_F(LifterExamplesTest, TheMockExampleFailsOnlyByItsContentType) {
  const std::string body = read_example("R4-linuxforhealth-complete-mock-Binary-1.json");
  const Lifted lifted = lift(FhirVersion::kR4, body);
  ASSERT_FALSE(lifted.error);
  EXPECT_EQ(lifted.content, "\x0A\x63\x79\x27\x2A");
  EXPECT_EQ(lift_bytewise(FhirVersion::kR4, body), lifted);

  const Result<Envelope> refused = parse_envelope(lifted.envelope, FhirVersion::kR4);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().issue, IssueType::kValue);
  EXPECT_NE(refused.error().message.find("contentType"), std::string::npos);

  std::string mended = lifted.envelope;
  const std::string_view invented = "EdM1pVK1Nw";
  mended.replace(mended.find(invented), invented.size(), "text/plain");
  const Result<Envelope> envelope = parse_envelope(mended, FhirVersion::kR4);
  ASSERT_TRUE(envelope) << envelope.error().message;
  EXPECT_TRUE(envelope->elements.starts_with(
      R"({"meta":{"source":"c6FanION70","profile":["qLKSK9uE8H"],"security":[{"system":"bzfuSl1y9G",)"))
      << envelope->elements;
  EXPECT_TRUE(envelope->elements.ends_with(
      R"(,{"code":"ibm/complete-mock"}]},"implicitRules":"qBIYB1UYH_","language":"en-US"})"))
      << envelope->elements;
  EXPECT_TRUE(envelope->security_context.starts_with(
      R"({"reference":"Basic/LpCrGORL5u","type":"Basic","identifier":{"use":"temp",)"))
      << envelope->security_context;
}

}  // namespace
}  // namespace fhirbin::fhir
