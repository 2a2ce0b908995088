#include "fhirbin/instant.h"

#include <random>

#include <gtest/gtest.h>

namespace fhirbin {
namespace {

constexpr std::int64_t kFirstMs = -62167219200000;  // 0000-01-01T00:00:00.000Z
constexpr std::int64_t kLastMs = 253402300799999;   // 9999-12-31T23:59:59.999Z

Instant at(std::int64_t milliseconds) { return Instant(std::chrono::milliseconds(milliseconds)); }

TEST(InstantTest, IsWrittenInUtcWithMilliseconds) {
  const struct {
    std::int64_t milliseconds;
    const char* text;
  } cases[] = {
      {0, "1970-01-01T00:00:00.000Z"},
      {1, "1970-01-01T00:00:00.001Z"},
      {-1, "1969-12-31T23:59:59.999Z"},
      {1795339800123, "2026-11-22T09:30:00.123Z"},
      {951782400000, "2000-02-29T00:00:00.000Z"},
      {kFirstMs, "0000-01-01T00:00:00.000Z"},
      {kLastMs, "9999-12-31T23:59:59.999Z"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(format_instant(at(c.milliseconds)), c.text);
    EXPECT_EQ(parse_instant(c.text), at(c.milliseconds)) << c.text;
  }
}

TEST(InstantTest, OutsideTheYearsOfFourDigitsTheNearestIsWritten) {
  EXPECT_EQ(format_instant(at(kFirstMs - 1)), "0000-01-01T00:00:00.000Z");
  EXPECT_EQ(format_instant(at(kLastMs + 1)), "9999-12-31T23:59:59.999Z");
  EXPECT_EQ(format_instant(Instant::min()), "0000-01-01T00:00:00.000Z");
  EXPECT_EQ(format_instant(Instant::max()), "9999-12-31T23:59:59.999Z");
}

TEST(InstantTest, WhatIsWrittenIsReadBack) {
  std::mt19937_64 engine(1);
  std::uniform_int_distribution<std::int64_t> any(kFirstMs, kLastMs);
  for (int i = 0; i < 20000; ++i) {
    const Instant instant = at(any(engine));
    ASSERT_EQ(parse_instant(format_instant(instant)), instant);
  }
}

TEST(InstantTest, ReadsEveryFormOfRfc3339AndPlainDates) {
  const struct {
    const char* text;
    const char* same;
  } cases[] = {
      {"2024-05-01", "2024-05-01T00:00:00.000Z"},
      {"2024-02-29", "2024-02-29T00:00:00.000Z"},
      {"2024-05-01T10:00:00Z", "2024-05-01T10:00:00.000Z"},
      {"2024-05-01t10:00:00z", "2024-05-01T10:00:00.000Z"},
      {"2024-05-01T10:00:00.5Z", "2024-05-01T10:00:00.500Z"},
      {"2024-05-01T10:00:00.12Z", "2024-05-01T10:00:00.120Z"},
      {"2024-05-01T10:00:00.123999999999Z", "2024-05-01T10:00:00.123Z"},
      {"2024-05-01T10:00:00+02:00", "2024-05-01T08:00:00.000Z"},
      {"2024-05-01T10:00:00-09:30", "2024-05-01T19:30:00.000Z"},
      {"2024-05-01T00:00:00+00:01", "2024-04-30T23:59:00.000Z"},
      {"2024-05-01T00:00:00-00:00", "2024-05-01T00:00:00.000Z"},
      {"2024-12-31T23:00:00-23:59", "2025-01-01T22:59:00.000Z"},
      {"2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000Z"},
      {"2016-12-31T23:59:60.250Z", "2017-01-01T00:00:00.250Z"},
      {"2017-01-01T05:29:60+05:30", "2017-01-01T00:00:00.000Z"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.text);
    const std::optional<Instant> instant = parse_instant(c.text);
    ASSERT_TRUE(instant.has_value());
    EXPECT_EQ(format_instant(*instant), c.same);
  }
}

TEST(InstantTest, RefusesEverythingElse) {
  const std::string_view cases[] = {
      "",
      "2024",
      "2024-05",
      "2024-5-1",
      "2024-05-1",
      "24-05-01",
      "12024-05-01",
      "-2024-05-01",
      "+2024-05-01",
      " 2024-05-01",
      "2024-05-01 ",
      "2024/05/01",
      "2024-00-01",
      "2024-13-01",
      "2024-05-00",
      "2024-05-32",
      "2023-02-29",
      "1900-02-29",
      "2024-05-01T",
      "2024-05-01T10:00Z",
      "2024-05-01T10:00:00",
      "2024-05-01 10:00:00Z",
      "2024-05-01T24:00:00Z",
      "2024-05-01T10:60:00Z",
      "2024-05-01T10:00:61Z",
      "2024-05-01T10:00:60Z",
      "2024-05-01T23:59:60Z",
      "2016-12-31T23:59:60+01:00",
      "2024-05-01T10:00:00.Z",
      "2024-05-01T10:00:00,5Z",
      "2024-05-01T10:00:00.5",
      "2024-05-01T10:00:00+0200",
      "2024-05-01T10:00:00+02",
      "2024-05-01T10:00:00+24:00",
      "2024-05-01T10:00:00+02:60",
      "2024-05-01T10:00:00Zx",
      "2024-05-01T10:00:00ZZ",
      "2024-05-0\xD9\xA1",
      std::string_view("2024-05-01\0", 11),
      "0000-01-01T00:00:00+00:01",
      "9999-12-31T23:59:59-00:01",
      "9999-12-31T23:59:60Z",
  };
  for (const std::string_view text : cases) {
    EXPECT_EQ(parse_instant(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace fhirbin
