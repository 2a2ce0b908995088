#include "engine/util/uuid.h"

#include <algorithm>
#include <set>

#include <gtest/gtest.h>

#include "engine/util/try.h"

namespace fhirbin {
namespace {

class FixedRandom final : public Random {
 public:
  explicit FixedRandom(int value) : value_(static_cast<std::byte>(value)) {}
  Result<void> fill(MutableByteSpan bytes) override {
    std::ranges::fill(bytes, value_);
    return {};
  }

 private:
  std::byte value_;
};

class FailingRandom final : public Random {
 public:
  Result<void> fill(MutableByteSpan) override { return fail(ErrorCode::kIo, "no random bytes"); }
};

Instant at(std::int64_t milliseconds) { return Instant(std::chrono::milliseconds(milliseconds)); }

TEST(UuidTest, HasTimeVersionAndVariantOfRfc9562InLowerCase) {
  const struct {
    std::int64_t milliseconds;
    int random;
    const char* want;
  } cases[] = {
      {0, 0x00, "00000000-0000-7000-8000-000000000000"},
      {0, 0xFF, "00000000-0000-7fff-bfff-ffffffffffff"},
      {0x017F22E279B0, 0xAB, "017f22e2-79b0-7bab-abab-abababababab"},
      {0xFFFFFFFFFFFF, 0x5A, "ffffffff-ffff-7a5a-9a5a-5a5a5a5a5a5a"},
  };
  for (const auto& c : cases) {
    FixedRandom random(c.random);
    const Result<std::string> uuid = make_uuid_v7(at(c.milliseconds), random);
    ASSERT_TRUE(uuid.has_value());
    EXPECT_EQ(*uuid, c.want);
  }
}

TEST(UuidTest, LaterOnesSortBehindEarlierOnes) {
  SystemRandom random;
  std::string previous;
  for (std::int64_t ms = 1714557600000; ms < 1714557600000 + 2000; ++ms) {
    const Result<std::string> uuid = make_uuid_v7(at(ms), random);
    ASSERT_TRUE(uuid.has_value());
    EXPECT_LT(previous, *uuid);
    previous = *uuid;
  }
}

TEST(UuidTest, ThoseOfOneMillisecondDiffer) {
  SystemRandom random;
  std::set<std::string> seen;
  for (int i = 0; i < 10000; ++i) {
    const Result<std::string> uuid = make_uuid_v7(at(1), random);
    ASSERT_TRUE(uuid.has_value());
    EXPECT_TRUE(seen.insert(*uuid).second);
  }
}

TEST(UuidTest, WithoutRandomBytesThereIsNoUuid) {
  FailingRandom random;
  const Result<std::string> uuid = make_uuid_v7(at(1), random);
  ASSERT_FALSE(uuid.has_value());
  EXPECT_EQ(uuid.error().code, ErrorCode::kIo);
}

}  // namespace
}  // namespace fhirbin
