#include "engine/rest/range_header.h"

#include <cstdint>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/result_matchers.h"

namespace fhirbin::rest {
namespace {

using fhirbin::testing::is_error;
using fhirbin::testing::is_ok;

TEST(RangeHeaderTest, KeepsToTheContent) {
  const struct {
    const char* value;
    std::uint64_t size_bytes;
    ByteRange want;
  } cases[] = {
      {"bytes=0-0", 10, {0, 1}},
      {"bytes=2-4", 10, {2, 3}},
      {"bytes=9-9", 10, {9, 1}},
      {"bytes=9-10", 10, {9, 1}},
      {"bytes=0-", 10, {0, 10}},
      {"bytes=9-", 10, {9, 1}},
      {"bytes=-1", 10, {9, 1}},
      {"bytes=-10", 10, {0, 10}},
      {"bytes=-11", 10, {0, 10}},
      {"BYTES=0-1", 10, {0, 2}},
      {" bytes = 0-1 ", 10, {0, 2}},
      {"bytes=000-001", 10, {0, 2}},
      {"bytes=0-18446744073709551615", 10, {0, 10}},
      {"bytes=0-18446744073709551616", 10, {0, 10}},
      {"bytes=-99999999999999999999999999", 10, {0, 10}},
      {"bytes=18446744073709551614-", UINT64_MAX, {UINT64_MAX - 1, 1}},
      {"bytes=0-", UINT64_MAX, {0, UINT64_MAX}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.value);
    const auto range = parse_range_header(c.value, c.size_bytes);
    ASSERT_THAT(range, is_ok());
    EXPECT_EQ(*range, c.want);
  }
}

TEST(RangeHeaderTest, WhatLiesOutsideTheContentCannotBeSatisfied) {
  for (const char* const value :
       {"bytes=10-", "bytes=10-20", "bytes=-0", "bytes=18446744073709551615-",
        "bytes=18446744073709551616-", "bytes=18446744073709551616-18446744073709551617"}) {
    SCOPED_TRACE(value);
    EXPECT_THAT(parse_range_header(value, 10), is_error(ErrorCode::kRangeNotSatisfiable));
  }
}

TEST(RangeHeaderTest, EmptyContentHasNoRanges) {
  for (const char* const value : {"bytes=0-", "bytes=0-0", "bytes=-1", "bytes=-0"}) {
    SCOPED_TRACE(value);
    EXPECT_THAT(parse_range_header(value, 0), is_error(ErrorCode::kRangeNotSatisfiable));
  }
}

TEST(RangeHeaderTest, MalformedRangesCannotBeSatisfied) {
  for (const char* const value : {"",           "bytes",      "bytes=",      "bytes= ",
                                  "bytes=-",    "bytes=--1",  "bytes=1",     "bytes=1--2",
                                  "bytes=2-1",  "bytes=a-b",  "bytes=1-b",   "bytes=a-1",
                                  "bytes=+1-2", "bytes=1-+2", "bytes=0x1-2", "bytes=1.0-2",
                                  "bytes=1 -2", "bytes=1- 2", "bytes=1-2-3", "bytes=-1-",
                                  "bytes==0-1", "0-1",        "bytes:0-1"}) {
    SCOPED_TRACE(value);
    EXPECT_THAT(parse_range_header(value, 10), is_error(ErrorCode::kRangeNotSatisfiable));
  }
}

TEST(RangeHeaderTest, OtherUnitsAndSeveralRangesAreAnsweredWhole) {
  for (const char* const value : {"items=0-1", "bytes=0-1,3-4", "bytes=0-1, 900-", "=0-1"}) {
    SCOPED_TRACE(value);
    const auto range = parse_range_header(value, 10);
    ASSERT_THAT(range, is_ok());
    EXPECT_EQ(*range, std::nullopt);
  }
}

}  // namespace
}  // namespace fhirbin::rest
