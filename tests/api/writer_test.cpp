#include <gtest/gtest.h>

#include "tests/support/fhir_versions.h"
#include "tests/support/result_matchers.h"
#include "tests/support/temporary_store.h"

namespace fhirbin::testing {
namespace {

TEST(WriterTest, PushedPiecesMakeOneVersion) {
  TemporaryStore store;
  const ByteVector bytes = random_bytes(1'500'000, 1);
  auto writer = store->begin_create({.content_type = "a/b"});
  ASSERT_THAT(writer, is_ok());
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t length = std::min<std::size_t>(1 + (at * 7 % 50'000), bytes.size() - at);
    ASSERT_THAT(writer->write(ByteSpan(bytes).subspan(at, length)), is_ok());
    ASSERT_THAT(writer->write({}), is_ok());
    at += length;
  }
  EXPECT_EQ(store->stats()->versions, 0U);
  const auto info = writer->commit();
  ASSERT_THAT(info, is_ok());
  EXPECT_TRUE(equal_bytes(*read_all(*store, info->id), bytes));
}

TEST(WriterTest, AWriterDestroyedWithoutCommitLeavesNoTrace) {
  for (const char* const type : {"a/b", "application/fhir+json"}) {
    SCOPED_TRACE(type);
    TemporaryStore store;
    const auto before = store->stats();
    {
      auto writer = store->begin_create({.content_type = type});
      ASSERT_THAT(writer, is_ok());
      ASSERT_THAT(writer->write(as_bytes(R"({"data":")")), is_ok());
      ASSERT_THAT(writer->write(ByteVector(20'000'000, std::byte{'A'})), is_ok());
    }
    const auto after = store->stats();
    EXPECT_EQ(after->sequence, before->sequence);
    EXPECT_EQ(after->chunks, before->chunks);
    EXPECT_EQ(after->volumes, before->volumes);
    EXPECT_EQ(after->reclaimable_bytes, 0U);
    EXPECT_EQ(after->pins, 0U);
  }
}

TEST(WriterTest, AWriterIsSpentAfterItsCommit) {
  TemporaryStore store;
  auto writer = store->begin_create({.content_type = "a/b"});
  ASSERT_THAT(writer->write(as_bytes("x")), is_ok());
  ASSERT_THAT(writer->commit(), is_ok());
  EXPECT_THAT(writer->commit(), is_error(ErrorCode::kInvalidArgument));
  EXPECT_THAT(writer->write(as_bytes("y")), is_error(ErrorCode::kInvalidArgument));
  EXPECT_EQ(store->stats()->versions, 1U);
}

TEST(WriterTest, AWriterIsSpentAfterAnError) {
  TemporaryStore store({}, {.max_ingest_bytes = 10});
  auto writer = store->begin_create({.content_type = "a/b"});
  EXPECT_THAT(writer->write(as_bytes("more than ten")), is_error(ErrorCode::kTooLarge));
  EXPECT_THAT(writer->write(as_bytes("x")), is_error(ErrorCode::kTooLarge));
  EXPECT_THAT(writer->commit(), is_error(ErrorCode::kTooLarge));
  EXPECT_EQ(store->stats()->versions, 0U);
}

TEST(WriterTest, AnUpdateByWriterChecksItsPreconditionsAtTheCommit) {
  TemporaryStore store;
  const std::string id = put(*store, as_bytes("one"))->id;
  auto first = store->begin_update(id, {.content_type = "a/b"}, {.if_match = 1});
  auto second = store->begin_update(id, {.content_type = "a/b"}, {.if_match = 1});
  ASSERT_THAT(first->write(as_bytes("first")), is_ok());
  ASSERT_THAT(second->write(as_bytes("second")), is_ok());
  ASSERT_THAT(second->commit(), is_ok());
  EXPECT_THAT(first->commit(), is_error(ErrorCode::kVersionConflict));
  EXPECT_EQ(*read_text(*store, id), "second");
  EXPECT_EQ(store->head(id)->version, 2U);
}

TEST(WriterTest, TwoUploadsAtOnceDoNotMix) {
  TemporaryStore store;
  const ByteVector a = random_bytes(3'000'000, 1);
  const ByteVector b = random_bytes(3'000'000, 2);
  auto first = store->begin_create({.content_type = "a/b"});
  auto second = store->begin_create({.content_type = "a/b"});
  for (std::size_t at = 0; at < a.size(); at += 100'000) {
    ASSERT_THAT(first->write(ByteSpan(a).subspan(at, 100'000)), is_ok());
    ASSERT_THAT(second->write(ByteSpan(b).subspan(at, 100'000)), is_ok());
  }
  const auto of_a = first->commit();
  const auto of_b = second->commit();
  ASSERT_THAT(of_a, is_ok());
  ASSERT_THAT(of_b, is_ok());
  EXPECT_TRUE(equal_bytes(*read_all(*store, of_a->id), a));
  EXPECT_TRUE(equal_bytes(*read_all(*store, of_b->id), b));
  EXPECT_EQ(store->verify()->damage_count, 0U);
}

}  // namespace
}  // namespace fhirbin::testing
