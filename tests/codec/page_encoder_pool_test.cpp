#include "engine/codec/page_encoder_pool.h"

#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/result_matchers.h"
#include "tests/support/sample_bytes.h"

namespace fhirbin::codec {
namespace {

using testing::is_ok;
using testing::text_bytes;

void expect_encodes(PageEncoder& encoder, const ByteVector& raw) {
  const auto page = encoder.encode(raw);
  ASSERT_THAT(page, is_ok());
  EXPECT_EQ(page->codec, PageCodec::kZstd);
  ByteVector decoded(raw.size());
  ASSERT_THAT(PageDecoder().decode(page->codec, page->stored, decoded), is_ok());
  EXPECT_TRUE(decoded == raw);
}

TEST(PageEncoderPoolTest, WhatIsTakenIsTheTakersAloneAndTheNextOnesAfterwards) {
  PageEncoderPool pool(1);
  PageEncoder first = pool.take();
  PageEncoder second = pool.take();
  const auto page = first.encode(text_bytes(50'000, 1));
  ASSERT_THAT(page, is_ok());
  const ByteVector stored(page->stored.begin(), page->stored.end());
  expect_encodes(second, text_bytes(40'000, 2));
  EXPECT_TRUE(equal_bytes(page->stored, stored)) << "they share their memory";
  const std::byte* const memory = page->stored.data();
  pool.give_back(std::move(first));
  PageEncoder again = pool.take();
  const auto later = again.encode(text_bytes(50'000, 3));
  ASSERT_THAT(later, is_ok());
  EXPECT_EQ(later->stored.data(), memory) << "its memory was not kept";
}

TEST(PageEncoderPoolTest, ManyThreadsTakeAndGiveBack) {
  PageEncoderPool pool(1);
  std::vector<std::jthread> threads;
  for (std::uint64_t t = 0; t < 8; ++t) {
    threads.emplace_back([&pool, t] {
      for (std::uint64_t i = 0; i < 20; ++i) {
        PageEncoder encoder = pool.take();
        expect_encodes(encoder, text_bytes(10'000, (100 * t) + i));
        pool.give_back(std::move(encoder));
      }
    });
  }
}

}  // namespace
}  // namespace fhirbin::codec
