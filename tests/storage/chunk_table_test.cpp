#include "engine/storage/chunk_table.h"

#include <gtest/gtest.h>

#include "engine/storage/volume_table.h"
#include "tests/storage/catalog_fixture.h"
#include "tests/support/result_matchers.h"

namespace fhirbin::storage {
namespace {

using catalog_test::CatalogFolder;
using testing::is_error;
using testing::is_ok;

constexpr std::uint32_t kMany = 100;

// Two filling volumes, and chunks to put there.
class ChunkTableTest : public ::testing::Test {
 protected:
  ChunkTableTest() {
    EXPECT_EQ(volumes_.insert(folder_.random).value(), 1U);
    EXPECT_EQ(volumes_.insert(folder_.random).value(), 2U);
  }

  ChunkTable& chunks() { return chunks_; }
  VolumeTable& volumes() { return volumes_; }
  void execute(const std::string& sql) { EXPECT_TRUE(connection_.execute(sql.c_str())); }
  std::int64_t query_number(const char* sql) { return connection_.query_number(sql).value(); }

  std::uint64_t insert(const Hash128& hash, std::uint32_t volume, std::uint64_t page,
                       std::uint64_t references = 1) {
    return chunks_
        .insert({.hash = hash,
                 .raw_length = 1000,
                 .stored_length = 100 + static_cast<std::uint32_t>(page),
                 .codec = 1,
                 .references = references,
                 .place = {.volume = volume, .page = page}})
        .value();
  }

  static std::vector<std::uint64_t> ids_of(const Result<std::vector<ChunkRow>>& rows) {
    std::vector<std::uint64_t> ids;
    for (const ChunkRow& row : rows.value()) {
      ids.push_back(row.id);
    }
    return ids;
  }

 private:
  CatalogFolder folder_;
  Connection connection_ = folder_.connect();
  ChunkTable chunks_{connection_};
  VolumeTable volumes_{connection_};
};

using Ids = std::vector<std::uint64_t>;
using Hashes = std::vector<Hash128>;

// A hash whose both halves are above what a signed column shows as positive.
Hash128 high_hash(unsigned last) {
  Hash128 hash;
  hash.bytes.fill(std::byte{0xFF});
  hash.bytes[8] = static_cast<std::byte>(last);
  return hash;
}

TEST_F(ChunkTableTest, BlockHashesComeBackWhereTheyAreAskedForOnly) {
  const Hashes hashes = {high_hash(1), high_hash(2), high_hash(3)};
  const std::uint64_t with = chunks()
                                 .insert({.hash = high_hash(7),
                                          .raw_length = 1000,
                                          .stored_length = 1000,
                                          .place = {.volume = 2, .page = 1},
                                          .block_hashes = hashes})
                                 .value();
  const std::uint64_t without = insert(high_hash(8), 2, 2);
  EXPECT_EQ(chunks().find_with_blocks(with).value()->block_hashes, hashes);
  EXPECT_EQ(chunks().find_with_blocks(with).value()->hash, high_hash(7));
  EXPECT_EQ(chunks().find_with_blocks(with).value()->place.page, 1U);
  EXPECT_EQ(chunks().find_with_blocks(without).value()->block_hashes, Hashes());
  EXPECT_FALSE(chunks().find_with_blocks(without + 1).value());
  EXPECT_EQ(chunks().after_with_blocks(0, kMany)->at(0).block_hashes, hashes);
  EXPECT_EQ(chunks().after_with_blocks(0, kMany)->at(1).block_hashes, Hashes());
  EXPECT_EQ(chunks().after(0, kMany)->at(0).block_hashes, Hashes());
  EXPECT_EQ(chunks().find(with).value()->block_hashes, Hashes());
}

TEST_F(ChunkTableTest, BlockHashesThatCanBeNobodysFitNothing) {
  const std::uint64_t id = insert(high_hash(7), 2, 1);
  for (const char* const value :
       {"x'00'", "zeroblob(15)", "zeroblob(17)", "zeroblob(16 * 65)", "zeroblob(1000000)"}) {
    execute("UPDATE chunk SET block_hashes = " + std::string(value));
    EXPECT_EQ(chunks().find_with_blocks(id).value()->block_hashes, Hashes(1)) << value;
  }
  execute("UPDATE chunk SET block_hashes = zeroblob(16 * 64)");
  EXPECT_EQ(chunks().find_with_blocks(id).value()->block_hashes, Hashes(64));
}

TEST_F(ChunkTableTest, ARowComesBackWholeByEachWay) {
  const std::uint64_t id = insert(high_hash(7), 2, 5, 3);
  ASSERT_THAT(volumes().set_sealed(2, 5, 105, 1), is_ok());
  const auto found = chunks().find(id);
  ASSERT_THAT(found, is_ok());
  ASSERT_TRUE(found->has_value());
  for (const ChunkRow& row :
       {**found, chunks().after(id - 1, kMany)->at(0), chunks().of_volume(2, 4, kMany)->at(0)}) {
    EXPECT_EQ(row.id, id);
    EXPECT_EQ(row.hash, high_hash(7));
    EXPECT_EQ(row.raw_length, 1000U);
    EXPECT_EQ(row.stored_length, 105U);
    EXPECT_EQ(row.codec, 1U);
    EXPECT_EQ(row.references, 3U);
    EXPECT_EQ(row.place.volume, 2U);
    EXPECT_EQ(row.place.page, 5U);
    EXPECT_TRUE(row.place.sealed);
    EXPECT_TRUE(row.volume_known);
  }
  EXPECT_FALSE(chunks().find(id + 1)->has_value());
}

TEST_F(ChunkTableTest, CandidatesAreLiveChunksOfTheWholeHashAndTheLength) {
  const std::uint64_t first = insert(high_hash(1), 1, 1);
  const std::uint64_t second = insert(high_hash(1), 1, 2);
  insert(high_hash(2), 1, 3);  // the same first half
  const std::uint64_t freed = insert(high_hash(1), 1, 4);
  ASSERT_THAT(chunks().drop_references(freed, 1, 9), is_ok());
  EXPECT_EQ(ids_of(chunks().find_candidates(high_hash(1), 1000, kMany)), (Ids{first, second}));
  EXPECT_EQ(chunks().find_candidates(high_hash(1), 1000, 1)->size(), 1U);
  EXPECT_EQ(ids_of(chunks().find_candidates(high_hash(1), 1001, kMany)), Ids{});
  EXPECT_EQ(ids_of(chunks().find_candidates(high_hash(3), 1000, kMany)), Ids{});
}

TEST_F(ChunkTableTest, TheLastReferenceFreesAndANewOneTakesThatBack) {
  const std::uint64_t id = insert(high_hash(1), 1, 1, 3);
  constexpr const char* kFreed = "SELECT coalesce(freed_sequence, 0) FROM chunk";
  EXPECT_EQ(chunks().drop_references(id, 2, 5)->references, 1U);
  EXPECT_EQ(query_number(kFreed), 0);
  const auto last = chunks().drop_references(id, 1, 6);
  ASSERT_THAT(last, is_ok());
  EXPECT_EQ(last->references, 0U);
  EXPECT_EQ(last->stored_length, 101U);
  EXPECT_EQ(query_number(kFreed), 6);
  ASSERT_THAT(chunks().add_references(id, 2), is_ok());
  EXPECT_EQ(query_number(kFreed), 0);
  EXPECT_EQ(chunks().find(id).value()->references, 2U);
}

TEST_F(ChunkTableTest, MoreReferencesThanThereAreCannotBeDropped) {
  const std::uint64_t id = insert(high_hash(1), 1, 1, 2);
  EXPECT_THAT(chunks().drop_references(id, 3, 5), is_error(ErrorCode::kCorrupt));
  EXPECT_EQ(chunks().find(id).value()->references, 2U);
  EXPECT_THAT(chunks().drop_references(id + 1, 1, 5), is_error(ErrorCode::kCorrupt));
  EXPECT_THAT(chunks().add_references(id + 1, 1), is_error(ErrorCode::kGone));
}

TEST_F(ChunkTableTest, OnlyWhatWasFreedUpToASequenceIsDeleted) {
  Ids ids;
  for (std::uint64_t page = 1; page <= 4; ++page) {
    ids.push_back(insert(high_hash(static_cast<unsigned>(page)), 1, page));
  }
  for (std::size_t i = 0; i < 3; ++i) {
    ASSERT_THAT(chunks().drop_references(ids[i], 1, 10 + i), is_ok());
  }
  EXPECT_EQ(chunks().delete_freed(9, kMany).value(), 0U);
  EXPECT_EQ(chunks().delete_freed(11, 1).value(), 1U);
  EXPECT_EQ(chunks().delete_freed(11, kMany).value(), 1U);
  EXPECT_EQ(chunks().delete_freed(11, kMany).value(), 0U);
  EXPECT_EQ(ids_of(chunks().after(0, kMany)), (Ids{ids[2], ids[3]}));
}

TEST_F(ChunkTableTest, AChunkMovesOnlyFromWhereItIs) {
  const std::uint64_t id = insert(high_hash(1), 1, 1);
  const PagePlace old_place{.volume = 1, .page = 1};
  const PagePlace new_place{.volume = 2, .page = 9};
  EXPECT_FALSE(chunks().move(id, {.volume = 1, .page = 2}, new_place).value());
  EXPECT_FALSE(chunks().move(id, {.volume = 2, .page = 1}, new_place).value());
  EXPECT_TRUE(chunks().move(id, old_place, new_place).value());
  EXPECT_FALSE(chunks().move(id, old_place, new_place).value());
  const ChunkRow row = *chunks().find(id).value();
  EXPECT_EQ(row.place.volume, 2U);
  EXPECT_EQ(row.place.page, 9U);
}

TEST_F(ChunkTableTest, ListingsGoOnBehindWhereTheyStopped) {
  Ids ids;
  for (std::uint64_t i = 0; i < 6; ++i) {
    // Pages fall while ids rise, so that the order of each listing is its own.
    ids.push_back(insert(high_hash(static_cast<unsigned>(i)), 1 + i % 2, 20 - i));
  }
  EXPECT_EQ(ids_of(chunks().after(0, 4)), (Ids{ids[0], ids[1], ids[2], ids[3]}));
  EXPECT_EQ(ids_of(chunks().after(ids[3], 4)), (Ids{ids[4], ids[5]}));
  EXPECT_EQ(ids_of(chunks().of_volume(1, 0, 2)), (Ids{ids[4], ids[2]}));
  EXPECT_EQ(ids_of(chunks().of_volume(1, 18, 2)), (Ids{ids[0]}));
}

TEST_F(ChunkTableTest, AVolumeThatIsNotInTheBooksIsSaid) {
  const std::uint64_t id = insert(high_hash(1), 77, 1);
  EXPECT_FALSE(chunks().after(0, kMany)->at(0).volume_known);
  EXPECT_FALSE(chunks().find(id)->has_value());
}

// The books of a volume hang on the chunks that name it.
TEST_F(ChunkTableTest, AVolumeIsDroppedOnlyOnceSealedAndWithoutChunks) {
  const std::uint64_t id = insert(high_hash(1), 1, 1);
  insert(high_hash(2), 1, 2);
  ASSERT_THAT(chunks().drop_references(id, 1, 3), is_ok());
  const auto sums = volumes().sums(1);
  ASSERT_THAT(sums, is_ok());
  EXPECT_EQ(sums->chunks, 2U);
  EXPECT_EQ(sums->live_bytes, 102U);
  EXPECT_EQ(sums->named_bytes, 203U);
  EXPECT_FALSE(volumes().set_dropping(2).value()) << "it is still filling";
  ASSERT_THAT(volumes().set_sealed(1, 2, 203, 3), is_ok());
  EXPECT_FALSE(volumes().set_dropping(1).value()) << "chunks name it";
  ASSERT_THAT(volumes().set_sealed(2, 0, 0, 3), is_ok());
  EXPECT_TRUE(volumes().set_dropping(2).value());
  EXPECT_FALSE(volumes().set_dropping(2).value()) << "it is being dropped already";
  ASSERT_THAT(volumes().erase(1), is_ok());
  ASSERT_THAT(volumes().erase(2), is_ok());
  const auto left = volumes().all();
  ASSERT_EQ(left->size(), 1U) << "only one that is being dropped goes";
  EXPECT_EQ(left->front().number, 1U);
}

TEST_F(ChunkTableTest, TheBooksOfAFillingVolumeOnlyRiseUntilItsSealSaysWhatIsTrue) {
  ASSERT_THAT(volumes().set_books(1, 5, 500), is_ok());
  ASSERT_THAT(volumes().set_books(1, 3, 700), is_ok());
  EXPECT_EQ(volumes().filling()->at(0).pages, 5U);
  EXPECT_EQ(volumes().all()->at(0).stored_bytes, 700U);
  ASSERT_THAT(volumes().set_sealed(1, 4, 400, 9), is_ok());
  ASSERT_THAT(volumes().set_sealed(1, 8, 800, 10), is_ok());  // too late
  const VolumeRow sealed = volumes().all()->at(0);
  EXPECT_EQ(sealed.state, VolumeState::kSealed);
  EXPECT_EQ(sealed.pages, 4U);
  EXPECT_EQ(sealed.stored_bytes, 400U);
  EXPECT_EQ(sealed.sealed_sequence, 9U);
  ASSERT_EQ(volumes().filling()->size(), 1U);
  EXPECT_EQ(volumes().filling()->at(0).number, 2U);
}

}  // namespace
}  // namespace fhirbin::storage
