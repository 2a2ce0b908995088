#include "engine/store/hide.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "engine/storage/binary_table.h"
#include "engine/storage/content_table.h"
#include "engine/storage/version_table.h"
#include "engine/store/content_rows.h"
#include "tests/store/page_store.h"
#include "tests/support/result_matchers.h"

namespace fhirbin::store {
namespace {

using storage::ChunkRow;
using storage::Connection;
using storage::Placement;
using storage::VersionRecord;
using testing::is_error;
using testing::is_ok;
using testing::random_bytes;

constexpr std::uint64_t kPurge = 50;

class HideTest : public ::testing::Test {
 protected:
  HideTest() {
    store_.change([](Connection& connection) -> Result<void> {
      FHIRBIN_TRY(storage::BinaryTable(connection).insert({.key = 1, .id = "id"}));
      return {};
    });
  }

  page_test::PageStore& store() { return store_; }

  // A chunk of 1,000 bytes and more that no version references yet.
  ChunkRow add_chunk(std::uint64_t number) {
    const ChunkRow row = store_.add_chunk(random_bytes(1000 + number, number));
    store_.execute("UPDATE chunk SET reference_count = 0 WHERE id = " + std::to_string(row.id));
    return row;
  }
  VersionRecord add_chunked(const std::vector<ChunkRow>& chunks) {
    StagedContent content;
    content.placement = Placement::kChunks;
    for (const ChunkRow& row : chunks) {
      content.size_bytes += row.raw_length;
      StagedChunk staged;
      staged.hash = row.hash;
      staged.length = row.raw_length;
      staged.shared_id = row.id;
      content.chunks.push_back(staged);
    }
    return add(content);
  }
  VersionRecord add_inline(std::size_t stored_bytes) {
    StagedContent content;
    content.placement = Placement::kInline;
    content.size_bytes = 5000;
    content.inline_stored = random_bytes(stored_bytes, 1);
    return add(content);
  }
  VersionRecord add(const StagedContent& content) {
    VersionRecord record;
    record.id = "id";
    record.binary_key = 1;
    record.sequence = record.number = ++versions_;
    store_.change([&](Connection& connection) -> Result<void> {
      FHIRBIN_TRY(insert_content(connection, store_.settings(), content, record));
      return storage::VersionTable(connection, store_.settings()).insert(record);
    });
    return record;
  }

  Result<void> hide(const VersionRecord& record, PurgeReport& report,
                    std::uint64_t sequence = kPurge) {
    return store_.catalog().write([&](Connection& connection) {
      return hide_version(connection, store_.settings(), record, sequence, report);
    });
  }
  bool is_kept(const VersionRecord& record) {
    return store_.catalog()
        .read([&](Connection& connection) {
          return storage::VersionTable(connection, store_.settings()).is_kept(record.sequence);
        })
        .value();
  }

 private:
  page_test::PageStore store_;
  std::uint64_t versions_ = 0;
};

TEST_F(HideTest, OnlyTheLastUseOfAChunkFreesIt) {
  const ChunkRow often = add_chunk(1);
  const ChunkRow once = add_chunk(2);
  const ChunkRow shared = add_chunk(3);
  const VersionRecord first = add_chunked({often, once, often, shared, often});
  const VersionRecord second = add_chunked({shared, shared});
  ASSERT_EQ(store().references_of(often), 3U);
  ASSERT_EQ(store().references_of(shared), 3U);

  PurgeReport report{.versions_purged = 10, .chunks_freed = 20, .bytes_freed = 30};
  ASSERT_THAT(hide(first, report), is_ok());
  EXPECT_EQ(report.versions_purged, 10U + 1U);
  EXPECT_EQ(report.chunks_freed, 20U + 2U);
  EXPECT_EQ(report.bytes_freed, 30U + often.stored_length + once.stored_length);
  EXPECT_EQ(store().references_of(often), 0U);
  EXPECT_EQ(store().freed_at(often), kPurge);
  EXPECT_EQ(store().freed_at(once), kPurge);
  EXPECT_EQ(store().references_of(shared), 2U);
  EXPECT_EQ(store().freed_at(shared), 0U);

  ASSERT_THAT(hide(second, report, kPurge + 1), is_ok());
  EXPECT_EQ(report.versions_purged, 12U);
  EXPECT_EQ(report.chunks_freed, 23U);
  EXPECT_EQ(store().freed_at(shared), kPurge + 1);
  EXPECT_EQ(store().freed_at(often), kPurge) << "freed once";
}

TEST_F(HideTest, ContentInTheCatalogIsFreedByItsStoredBytes) {
  const VersionRecord records[] = {add_inline(300), add_inline(0), add({})};
  const std::uint64_t bytes[] = {300, 0, 0};
  for (std::size_t i = 0; i < std::size(records); ++i) {
    PurgeReport report;
    ASSERT_THAT(hide(records[i], report), is_ok());
    EXPECT_EQ(report.versions_purged, 1U);
    EXPECT_EQ(report.chunks_freed, 0U);
    EXPECT_EQ(report.bytes_freed, bytes[i]) << i;
  }
}

// The rows go later, when no snapshot can need them.
TEST_F(HideTest, AHiddenVersionKeepsItsContentForOlderSnapshots) {
  const VersionRecord chunked = add_chunked({add_chunk(1)});
  const VersionRecord small = add_inline(300);
  const VersionRecord other = add_inline(300);
  PurgeReport report;
  ASSERT_THAT(hide(chunked, report), is_ok());
  ASSERT_THAT(hide(small, report), is_ok());
  EXPECT_FALSE(is_kept(chunked));
  EXPECT_FALSE(is_kept(small));
  EXPECT_TRUE(is_kept(other));
  const auto in_snapshot = [&](std::uint64_t snapshot) {
    return store()
        .catalog()
        .read([&](Connection& connection) {
          return storage::VersionTable(connection, store().settings())
              .newest_in_snapshot({.key = 1, .id = "id"}, small.number + 1, snapshot);
        })
        .value();
  };
  ASSERT_TRUE(in_snapshot(kPurge - 1));
  EXPECT_EQ(in_snapshot(kPurge - 1)->number, small.number);
  EXPECT_FALSE(in_snapshot(kPurge));
  EXPECT_EQ(store().query("SELECT count(*) FROM chunk_map"), 1);
  EXPECT_EQ(store().query("SELECT count(*) FROM inline_content"), 2);
}

// A count that is wrong already must not free what another version may use.
TEST_F(HideTest, DamageIsToldAndChangesNothing) {
  const ChunkRow sound = add_chunk(1);
  const ChunkRow damaged = add_chunk(2);
  const VersionRecord record = add_chunked({sound, damaged, damaged});
  for (const char* const damage :
       {"UPDATE chunk SET reference_count = 1 WHERE reference_count = 2",
        "DELETE FROM chunk WHERE reference_count = 2",
        "UPDATE chunk_map SET entries = substr(entries, 1, length(entries) - 1)",
        "DELETE FROM chunk_map"}) {
    SCOPED_TRACE(damage);
    PurgeReport report;
    const auto done = store().catalog().write([&](Connection& connection) -> Result<void> {
      FHIRBIN_TRY(connection.execute(damage));
      return hide_version(connection, store().settings(), record, kPurge, report);
    });
    EXPECT_THAT(done, is_error(ErrorCode::kCorrupt));
    EXPECT_EQ(report.versions_purged, 0U);
    EXPECT_TRUE(is_kept(record));
    EXPECT_EQ(store().references_of(sound), 1U);
    EXPECT_EQ(store().references_of(damaged), 2U);
  }
}

}  // namespace
}  // namespace fhirbin::store
