#include "fhirbin/reader.h"

#include <gtest/gtest.h>

#include "tests/support/result_matchers.h"
#include "tests/support/temporary_store.h"

namespace fhirbin::testing {
namespace {

constexpr std::size_t kSizes[] = {0, 1, 1000, 128U << 10, (128U << 10) + 1, 5'000'000};

class ReaderTest : public ::testing::Test {
 protected:
  Reader open(const ByteVector& bytes) {
    return store_->open_reader(put(*store_, bytes)->id).value();
  }

  TemporaryStore store_;
};

TEST_F(ReaderTest, WhatIsLentIsTheContentInOrder) {
  for (const std::size_t size : kSizes) {
    const ByteVector bytes = random_bytes(size, size);
    Reader reader = open(bytes);
    ByteVector got;
    while (true) {
      const auto piece = reader.next();
      ASSERT_THAT(piece, is_ok());
      if (piece->empty()) {
        break;
      }
      append_bytes(got, *piece);
      ASSERT_LE(got.size(), size);
    }
    EXPECT_TRUE(equal_bytes(got, bytes)) << size;
    EXPECT_TRUE(reader.next()->empty());
  }
}

TEST_F(ReaderTest, NextAndReadGoOnWhereTheOtherStopped) {
  const ByteVector bytes = random_bytes(3'000'000, 3);
  Reader reader = open(bytes);
  ByteVector got(100);
  ASSERT_EQ(*reader.read(got), 100U);
  for (int i = 0; got.size() < bytes.size(); ++i) {
    if (i % 2 == 0) {
      const auto piece = reader.next();
      ASSERT_THAT(piece, is_ok());
      ASSERT_FALSE(piece->empty());
      append_bytes(got, *piece);
    } else {
      ByteVector part(70'001);
      part.resize(*reader.read(part));
      append_bytes(got, part);
    }
  }
  EXPECT_TRUE(equal_bytes(got, bytes));
}

TEST_F(ReaderTest, AViewBeginsAnywhereAndLeavesTheOrderAlone) {
  const ByteVector bytes = random_bytes(3'000'000, 3);
  Reader reader = open(bytes);
  ByteVector first(10);
  ASSERT_EQ(*reader.read(first), 10U);
  for (const std::uint64_t offset : {2'999'999U, 0U, 1'234'567U, 777U}) {
    const auto view = reader.view_at(offset);
    ASSERT_THAT(view, is_ok());
    ASSERT_FALSE(view->empty());
    EXPECT_TRUE(equal_bytes(
        *view, ByteSpan(bytes).subspan(static_cast<std::size_t>(offset), view->size())));
  }
  EXPECT_TRUE(reader.view_at(bytes.size())->empty());
  EXPECT_TRUE(reader.view_at(UINT64_MAX)->empty());
  const auto next = reader.next();
  ASSERT_THAT(next, is_ok());
  EXPECT_TRUE(equal_bytes(*next, ByteSpan(bytes).subspan(10, next->size())));
}

}  // namespace
}  // namespace fhirbin::testing
