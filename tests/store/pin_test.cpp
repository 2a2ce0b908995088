#include <functional>

#include <gtest/gtest.h>

#include "tests/support/raw_catalog.h"
#include "tests/support/result_matchers.h"
#include "tests/support/temporary_store.h"
#include "tests/support/test_environment.h"

namespace fhirbin::testing {
namespace {

constexpr std::size_t kLarge = 2'000'000;

// Commits an upload, and checks that `bytes` and nothing else came of it.
void expect_published(Store& store, Writer& writer, const ByteVector& bytes) {
  const auto info = writer.commit();
  ASSERT_THAT(info, is_ok());
  EXPECT_TRUE(equal_bytes(*read_all(store, info->id), bytes));
  EXPECT_EQ(store.verify()->damage_count, 0U);
}

// Calls `once` when the first byte arrives.
class InterruptingSink final : public Sink {
 public:
  explicit InterruptingSink(std::function<void()> once) : once_(std::move(once)) {}
  Result<void> write(std::span<const std::byte> bytes) override {
    if (once_) {
      std::exchange(once_, nullptr)();
    }
    text_.append(as_text(bytes));
    return {};
  }
  Result<void> finish() override { return {}; }
  const std::string& text() const { return text_; }

 private:
  std::function<void()> once_;
  std::string text_;
};

TEST(PinsTest, AnExportGetsAllOfItsSnapshotThoughAllOfItIsPurgedMeanwhile) {
  TemporaryStore store;
  for (std::uint64_t i = 0; i < 3; ++i) {
    ASSERT_THAT(put(*store, random_bytes(kLarge, i)), is_ok());
  }
  const std::string whole = *export_text(*store);
  std::vector<std::string> ids;
  const auto page = store->list();
  ASSERT_THAT(page, is_ok());
  for (const VersionInfo& head : page->heads) {
    ids.push_back(head.id);
  }
  InterruptingSink sink([&] {
    Result<CollectReport> report;
    for (const std::string& id : ids) {
      report = forget(*store, id);
      ASSERT_THAT(report, is_ok());
      EXPECT_EQ(report->chunks_removed, 0U);
    }
    EXPECT_TRUE(report->pending);  // all that lies in the volume is dead but for the snapshot
    EXPECT_EQ(store->stats()->pins, 1U);
  });
  ASSERT_THAT(store->export_ndjson(sink), is_ok());
  EXPECT_TRUE(sink.text() == whole);
  EXPECT_EQ(store->stats()->pins, 0U);
  EXPECT_GT(store->collect_garbage()->chunks_removed, 0U);
  EXPECT_EQ(store->stats()->volumes, 0U);
}

TEST(PinsTest, APinOfADeadOwnerIsVoidAndGoes) {
  TemporaryStore store;
  const std::string id = put(*store, random_bytes(kLarge, 1))->id;
  execute_raw(store.path(), "INSERT INTO pin(owner, sequence) VALUES(500, 0)");
  EXPECT_EQ(store->stats()->pins, 0U);
  const auto report = forget(*store, id);
  ASSERT_THAT(report, is_ok());
  EXPECT_FALSE(report->pending);
  EXPECT_EQ(store->stats()->volumes, 0U);
  EXPECT_EQ(query_raw(store.path(), "SELECT count(*) FROM pin"), 0);
}

// The next store to open takes the slot, and its life must not bring the dead one's pins back.
TEST(PinsTest, APinOfWhoHadTheSlotBeforeGoesAtTheOpening) {
  TemporaryStore store;
  execute_raw(store.path(), "INSERT INTO pin(owner, sequence) VALUES(0, 0)");
  store.reopen();
  EXPECT_EQ(store->stats()->pins, 0U);
  EXPECT_EQ(query_raw(store.path(), "SELECT count(*) FROM pin"), 0);
}

TEST(PinsTest, VolumesThatAnUploadSealedOnItsWayAreNotDroppedUnderIt) {
  TemporaryStore store({}, {}, small_volumes(2'000'000));
  const ByteVector bytes = random_bytes(20'000'000, 1);
  auto writer = begin_upload(*store, bytes);
  ASSERT_THAT(writer, is_ok());
  const auto report = store->collect_garbage();
  ASSERT_THAT(report, is_ok());
  EXPECT_EQ(report->volumes_dropped, 0U);
  expect_published(*store, *writer, bytes);
}

// A freed chunk may go at any moment unless it was freed after the upload's own pin.
TEST(PinsTest, AnUploadSharesNoChunkThatWasFreedBeforeIt) {
  TemporaryStore store;
  const ByteVector bytes = random_bytes(20'000'000, 1);
  const std::string first = put(*store, bytes)->id;
  auto holder = begin_upload(*store, random_bytes(kLarge, 2));  // its pin keeps the freed chunks
  ASSERT_THAT(holder, is_ok());
  ASSERT_THAT(forget(*store, first), is_ok());
  ASSERT_GT(query_raw(store.path(), "SELECT count(*) FROM chunk WHERE reference_count = 0"), 0);
  auto writer = begin_upload(*store, bytes);
  ASSERT_THAT(writer, is_ok());
  {
    const Writer dropped = *std::move(holder);
  }
  ASSERT_THAT(store->collect_garbage(), is_ok());
  expect_published(*store, *writer, bytes);
}

TEST(PinsTest, APublishRaisesFreedChunksFromZeroForGood) {
  TemporaryStore store;
  const ByteVector bytes = random_bytes(20'000'000, 1);
  const std::string first = put(*store, bytes)->id;
  const std::uint64_t stored_once = store->stats()->chunk_stored_bytes;
  auto writer = begin_upload(*store, bytes);
  ASSERT_THAT(writer, is_ok());
  ASSERT_THAT(forget(*store, first), is_ok());
  const auto info = writer->commit();
  ASSERT_THAT(info, is_ok());
  EXPECT_LT(store->stats()->chunk_stored_bytes, stored_once + stored_once / 2) << "nothing shared";
  for (int i = 0; i < 2; ++i) {
    ASSERT_THAT(store->collect_garbage(), is_ok());
    EXPECT_TRUE(equal_bytes(*read_all(*store, info->id), bytes));
  }
  EXPECT_EQ(store->verify()->damage_count, 0U);
}

TEST(PinsTest, ReferenceCountsAreRecountedAndAWrongOneIsDamage) {
  TemporaryStore store;
  const ByteVector bytes = random_bytes(kLarge, 1);
  const std::string first = put(*store, bytes)->id;
  ASSERT_THAT(put(*store, bytes), is_ok());
  ASSERT_THAT(remove_and_purge(*store, first), is_ok());
  EXPECT_EQ(store->verify()->damage_count, 0U);
  for (const char* const change : {"+ 1", "- 1"}) {
    const std::string damage = std::string("UPDATE chunk SET reference_count = reference_count ") +
                               change + " WHERE id = (SELECT min(id) FROM chunk)";
    execute_raw(store.path(), damage.c_str());
    EXPECT_EQ(store->verify()->damage_count, std::string(change) == "+ 1" ? 1U : 0U);
  }
}

}  // namespace
}  // namespace fhirbin::testing
