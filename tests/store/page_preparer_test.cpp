#include "engine/store/page_preparer.h"

#include <string>

#include <gtest/gtest.h>

#include "tests/store/page_store.h"
#include "tests/support/result_matchers.h"

namespace fhirbin::store {
namespace {

using codec::PageCodec;
using storage::ChunkRow;
using testing::is_ok;
using testing::random_bytes;
using testing::text_bytes;
using testing::zero_bytes;

class PagePreparerTest : public ::testing::Test {
 protected:
  page_test::PageStore& store() { return store_; }

  PageJob prepared(const ByteVector& raw) { return prepared(raw, store_.hash_of(raw)); }
  PageJob prepared(const ByteVector& raw, const Hash128& hash) {
    PageJob job{.raw = raw, .hash = hash, .compressed = {}};
    EXPECT_THAT(preparer_.prepare(job), is_ok());
    EXPECT_TRUE(job.raw == raw) << "the content itself was changed";
    return job;
  }
  // Copies the row of a chunk to a place of its own where there is no page.
  void add_damaged_copy(const ChunkRow& row, std::uint64_t page) {
    store_.change([&](storage::Connection& connection) -> Result<void> {
      ChunkRow copy = row;
      copy.place.page = page;
      FHIRBIN_TRY(storage::ChunkTable(connection).insert(copy));
      return {};
    });
  }

 private:
  page_test::PageStore store_;
  codec::PageEncoderPool encoders_{1};
  PagePreparer preparer_{store_.catalog(), store_.volumes(), encoders_};
};

TEST_F(PagePreparerTest, NewContentIsCompressedWhereThatPays) {
  const struct {
    const char* name;
    ByteVector raw;
    PageCodec want;
  } cases[] = {{"one byte", random_bytes(1, 1), PageCodec::kRaw},
               {"text", text_bytes(100'000, 1), PageCodec::kZstd},
               {"noise after text", random_bytes(100'000, 1), PageCodec::kRaw},
               {"zeros", zero_bytes(300'000), PageCodec::kZstd}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const PageJob job = prepared(c.raw);
    EXPECT_EQ(job.shared_id, 0U);
    EXPECT_EQ(job.codec, c.want);
    ByteVector decoded(c.raw.size());
    ASSERT_THAT(codec::PageDecoder().decode(job.codec, job.stored(), decoded), is_ok());
    EXPECT_TRUE(decoded == c.raw);
  }
}

// What the encoder lends lasts only until its next call.
TEST_F(PagePreparerTest, AJobKeepsItsBytesWhenTheNextIsPrepared) {
  const ByteVector raw = text_bytes(100'000, 1);
  const PageJob first = prepared(raw);
  (void)prepared(text_bytes(100'000, 2));
  ByteVector decoded(raw.size());
  ASSERT_THAT(codec::PageDecoder().decode(first.codec, first.stored(), decoded), is_ok());
  EXPECT_TRUE(decoded == raw);
}

TEST_F(PagePreparerTest, ALiveChunkWithTheSameBytesIsSharedHoweverItIsStored) {
  for (const PageCodec codec : {PageCodec::kRaw, PageCodec::kZstd}) {
    const ByteVector raw = text_bytes(50'000, static_cast<std::uint64_t>(codec));
    const ChunkRow row = store().add_chunk(raw, codec);
    const PageJob job = prepared(raw);
    EXPECT_EQ(job.shared_id, row.id);
    EXPECT_TRUE(job.compressed.empty()) << "compressed for nothing";
  }
}

TEST_F(PagePreparerTest, WhatOnlyLooksTheSameIsNotShared) {
  const ByteVector raw = random_bytes(5000, 1);
  const ByteVector others = random_bytes(5000, 2);
  const ChunkRow row = store().add_chunk(others);
  EXPECT_EQ(prepared(raw, row.hash).shared_id, 0U) << "a hash is no proof";
  const ByteVector longer = random_bytes(5001, 2);
  EXPECT_EQ(prepared(longer, row.hash).shared_id, 0U);
  EXPECT_EQ(prepared(others).shared_id, row.id);
  store().execute("UPDATE chunk SET reference_count = 0, freed_sequence = 1");
  EXPECT_EQ(prepared(others).shared_id, 0U) << "it may be collected at any moment";
}

// New content must not depend on damage.
TEST_F(PagePreparerTest, ACandidateThatCannotBeReadIsNoDuplicate) {
  const ByteVector raw = random_bytes(5000, 1);
  for (const char* const damage :
       {"page = page + 900", "stored_length = stored_length - 1", "codec = 1", "codec = 9"}) {
    SCOPED_TRACE(damage);
    (void)store().add_chunk(raw);  // its row is all that matters
    store().execute("UPDATE chunk SET " + std::string(damage));
    EXPECT_EQ(prepared(raw).shared_id, 0U);
    store().execute("DELETE FROM chunk");
  }
  const ChunkRow row = store().add_chunk(raw);
  store().seal(row.place.volume);
  store().remove_file(row.place.volume);
  EXPECT_EQ(prepared(raw).shared_id, 0U) << "its volume is missing";
}

// A flood of chunks that collide must not make each new one as dear as all of them.
TEST_F(PagePreparerTest, OnlySoManyCandidatesAreLookedAt) {
  for (const std::uint32_t damaged : {kMaxCandidates - 1, kMaxCandidates}) {
    SCOPED_TRACE(damaged);
    const ByteVector raw = random_bytes(5000, damaged);
    const ChunkRow row = store().add_chunk(raw);
    for (std::uint32_t i = 0; i < damaged; ++i) {
      add_damaged_copy(row, 900 + i);
    }
    // The sound one comes last in the order of ids, by which the index lists equal hashes.
    store().execute("UPDATE chunk SET id = 100000 WHERE id = " + std::to_string(row.id));
    EXPECT_EQ(prepared(raw).shared_id, damaged < kMaxCandidates ? 100'000U : 0U);
    store().execute("DELETE FROM chunk");
  }
}

}  // namespace
}  // namespace fhirbin::store
