#include "engine/storage/version_table.h"

#include <algorithm>
#include <functional>
#include <string>

#include <gtest/gtest.h>

#include "engine/storage/binary_table.h"
#include "tests/storage/catalog_fixture.h"
#include "tests/support/result_matchers.h"
#include "tests/support/sample_bytes.h"

namespace fhirbin::storage {
namespace {

using catalog_test::CatalogFolder;
using testing::is_error;
using testing::is_ok;

// A Binary `id` with two versions: one of chunks, and one of inline content.
class VersionTableTest : public ::testing::Test {
 protected:
  VersionTableTest() {
    std::ranges::copy(testing::random_bytes(HashSecret::kSizeBytes, 1),
                      settings_.hash_secret.bytes.begin());
    EXPECT_THAT(binaries_.insert({.key = key_, .id = "id"}), is_ok());
    chunked_.sequence = 1;
    chunked_.binary_key = key_;
    chunked_.number = 1;
    chunked_.last_updated_ms = 1000;
    chunked_.content_type = "image/png";
    chunked_.security_context = R"({"reference":"Patient/1"})";
    chunked_.elements = R"({"language":"de"})";
    chunked_.size_bytes = 1'500'000;
    chunked_.digest = compute_hash(7, {});
    chunked_.placement = Placement::kChunks;
    chunked_.chunk_count = 1500;
    chunked_.map_hash = compute_hash(8, {});
    chunked_.id = "id";
    inline_ = chunked_;
    inline_.sequence = 2;
    inline_.number = 2;
    inline_.last_updated_ms = 2000;
    inline_.action = ChangeAction::kUpdate;
    inline_.size_bytes = 5;
    inline_.placement = Placement::kInline;
    inline_.stored_bytes = 4;
    inline_.chunk_count = 0;
    inline_.map_hash = {};
    EXPECT_THAT(table_.insert(chunked_), is_ok());
    EXPECT_THAT(table_.insert(inline_), is_ok());
    EXPECT_THAT(binaries_.set_head({.key = key_, .id = "id", .head_number = 2, .head_sequence = 2}),
                is_ok());
  }

  VersionTable& table() { return table_; }
  BinaryTable& binaries() { return binaries_; }
  std::uint64_t key() const { return key_; }
  BinaryRow binary() { return *binaries_.find("id").value(); }
  void execute(const char* sql) { EXPECT_THAT(connection_.execute(sql), is_ok()); }
  void alter(const std::string& sql) {
    execute(sql.c_str());
    EXPECT_GT(connection_.changed_rows(), 0U) << sql;
  }
  std::int64_t query_number(const char* sql) { return connection_.query_number(sql).value(); }
  // The record of a sequence, hidden or not.
  Result<std::optional<VersionRecord>> at_sequence(std::uint64_t sequence) {
    return table_.find_at(sequence);
  }

  Settings settings_ = catalog_test::settings();
  VersionRecord chunked_;
  VersionRecord inline_;

 private:
  CatalogFolder folder_;
  Connection connection_ = folder_.connect();
  VersionTable table_{connection_, settings_};
  BinaryTable binaries_{connection_};
  std::uint64_t key_ = 1;
};

void expect_equal(const VersionRecord& got, const VersionRecord& want) {
  EXPECT_EQ(got.sequence, want.sequence);
  EXPECT_EQ(got.binary_key, want.binary_key);
  EXPECT_EQ(got.number, want.number);
  EXPECT_EQ(got.last_updated_ms, want.last_updated_ms);
  EXPECT_EQ(got.action, want.action);
  EXPECT_EQ(got.content_type, want.content_type);
  EXPECT_EQ(got.security_context, want.security_context);
  EXPECT_EQ(got.elements, want.elements);
  EXPECT_EQ(got.size_bytes, want.size_bytes);
  EXPECT_EQ(got.digest, want.digest);
  EXPECT_EQ(got.placement, want.placement);
  EXPECT_EQ(got.stored_bytes, want.stored_bytes);
  EXPECT_EQ(got.chunk_count, want.chunk_count);
  EXPECT_EQ(got.map_hash, want.map_hash);
  EXPECT_EQ(got.id, want.id);
}

TEST_F(VersionTableTest, ARecordComesBackWhole) {
  for (const VersionRecord& want : {chunked_, inline_}) {
    const auto got = table().find(binary(), want.number);
    ASSERT_THAT(got, is_ok());
    ASSERT_TRUE(got->has_value());
    expect_equal(**got, want);
  }
  EXPECT_FALSE(table().find(binary(), 3).value().has_value());
  EXPECT_FALSE(table().find({.key = key() + 1, .id = "id"}, 1).value().has_value());
}

TEST_F(VersionTableTest, AnAlteredColumnIsDamage) {
  ASSERT_THAT(binaries().insert({.key = 9, .id = "other"}), is_ok());
  for (const std::string alteration :
       {"binary_key = (SELECT key FROM binary WHERE id = 'other')",
        "id = 'other'",
        "number = 11",
        "last_updated = last_updated + 1",
        "last_updated = -last_updated",
        "action = 2",
        "action = action + 256",
        "content_type = 'image/gif'",
        "content_type = ''",
        "security_context = ''",
        "elements = '{}'",
        "size = size + 1",
        "digest = map_hash",
        "digest = x'00'",
        "placement = 1",
        "placement = placement + 256",
        "stored = 1",
        "chunk_count = chunk_count - 1",
        "map_hash = zeroblob(16)",
        "map_hash = x''",
        "seal = zeroblob(16)",
        "seal = x''",
        "seal = (SELECT v.seal FROM version v WHERE v.sequence = 2)"}) {
    execute("SAVEPOINT alteration");
    alter("UPDATE version SET " + alteration + " WHERE sequence = 1");
    EXPECT_THAT(at_sequence(1), is_error(ErrorCode::kCorrupt)) << alteration;
    execute("ROLLBACK TO alteration; RELEASE alteration");
  }
  EXPECT_THAT(at_sequence(1), is_ok());
}

TEST_F(VersionTableTest, ABinaryDoesNotGetTheVersionsOfAnother) {
  alter("UPDATE binary SET id = 'renamed' WHERE id = 'id'");
  const BinaryRow renamed = *binaries().find("renamed").value();
  EXPECT_THAT(table().find(renamed, 1), is_error(ErrorCode::kCorrupt));
  EXPECT_THAT(table().find(renamed, 2), is_error(ErrorCode::kCorrupt));
  EXPECT_THAT(table().head_of(renamed), is_error(ErrorCode::kCorrupt));
  EXPECT_THAT(table().newest_in_snapshot(renamed, 3, 2), is_error(ErrorCode::kCorrupt));
}

// A seal holds for whatever was sealed; what contradicts itself is refused nevertheless.
TEST_F(VersionTableTest, ASealedRecordThatContradictsItselfIsDamage) {
  const std::function<void(VersionRecord&)> contradictions[] = {
      [](VersionRecord& record) { record.action = ChangeAction::kDelete; },
      [](VersionRecord& record) { record.action = ChangeAction::kPurge; },
      [](VersionRecord& record) { record.action = ChangeAction{0}; },
      [](VersionRecord& record) { record.placement = Placement::kNone; },
      [](VersionRecord& record) { record.placement = Placement{4}; },
      [](VersionRecord& record) { record.size_bytes = (1U << 20) + 1; },
      [](VersionRecord& record) { record.size_bytes = UINT64_MAX; },
      [](VersionRecord& record) { record.number = 0; },
      [](VersionRecord& record) { record.number = INT64_MAX; },
      [](VersionRecord& record) { record.last_updated_ms = INT64_MAX; }};
  VersionRecord sound = inline_;
  sound.sequence = 50;
  sound.number = 50;
  sound.size_bytes = 1U << 20;
  ASSERT_THAT(table().insert(sound), is_ok());
  EXPECT_THAT(at_sequence(50), is_ok());
  std::uint64_t next = 100;
  for (const auto& contradict : contradictions) {
    VersionRecord record = inline_;
    record.sequence = next;
    record.number = next++;
    contradict(record);
    ASSERT_THAT(table().insert(record), is_ok());
    EXPECT_THAT(at_sequence(record.sequence), is_error(ErrorCode::kCorrupt)) << next - 101;
  }
}

TEST_F(VersionTableTest, AHeadMustBeTheBinarysOwn) {
  const auto binary = binaries().find("id").value();
  ASSERT_TRUE(binary.has_value());
  EXPECT_EQ(table().head_of(*binary)->number, 2U);
  for (const BinaryRow& wrong :
       {BinaryRow{.key = key(), .id = "id", .head_number = 1, .head_sequence = 2},
        BinaryRow{.key = key(), .id = "other", .head_number = 2, .head_sequence = 2},
        BinaryRow{.key = key() + 1, .id = "id", .head_number = 2, .head_sequence = 2},
        BinaryRow{.key = key(), .id = "id", .head_number = 3, .head_sequence = 3}}) {
    EXPECT_THAT(table().head_of(wrong), is_error(ErrorCode::kCorrupt));
  }
}

TEST_F(VersionTableTest, AHeadThatIsNotThereCannotBeMoved) {
  EXPECT_THAT(binaries().set_head({.key = key(), .id = "nobody", .head_number = 3}),
              is_error(ErrorCode::kCorrupt));
  EXPECT_THAT(binaries().set_head({.key = key() + 1, .id = "id", .head_number = 3}),
              is_error(ErrorCode::kCorrupt));
  EXPECT_EQ(binaries().find("id").value()->head_number, 2U);
}

TEST_F(VersionTableTest, IdsAreComparedAndOrderedByteForByte) {
  std::uint64_t next_key = key();
  for (const char* const id : {"ID", "a", "B", "-", "0"}) {
    ASSERT_THAT(binaries().insert({.key = ++next_key, .id = id}), is_ok());
  }
  std::string ids;
  const auto all = binaries().after("", 100).value();
  for (const BinaryRow& row : all) {
    ids += row.id + " ";
  }
  EXPECT_EQ(ids, "- 0 B ID a id ");
  const auto rows = binaries().after("0", 2).value();
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].id, "B");
  EXPECT_EQ(rows[1].id, "ID");
  EXPECT_FALSE(binaries().find("Id").value().has_value());
  EXPECT_FALSE(binaries().insert({.key = ++next_key, .id = "id"})) << "it stands already";
}

TEST_F(VersionTableTest, AHiddenVersionIsFoundNoMoreThoughItIsStillThere) {
  ASSERT_THAT(table().hide(1, 3), is_ok());
  EXPECT_FALSE(table().find(binary(), 1).value().has_value());
  EXPECT_FALSE(table().is_kept(1).value());
  EXPECT_TRUE(table().is_kept(2).value());
  EXPECT_TRUE(at_sequence(1).value().has_value());
  ASSERT_THAT(table().erase_hidden(1), is_ok());
  EXPECT_FALSE(at_sequence(1).value().has_value());
  EXPECT_TRUE(at_sequence(2).value().has_value());
}

TEST_F(VersionTableTest, OfAnErasedVersionOnlyItsEntryInTheFeedIsLeft) {
  ASSERT_THAT(table().hide(1, 3), is_ok());
  ASSERT_THAT(table().erase_hidden(1), is_ok());
  EXPECT_EQ(query_number("SELECT count(*) FROM version WHERE sequence = 1 AND binary_key = 1 "
                         "AND id = 'id' AND number = 1 AND last_updated = 1000 AND action = 1 "
                         "AND purged_sequence = 3"),
            1);
  EXPECT_EQ(query_number("SELECT placement FROM version WHERE sequence = 1"), 3);
  EXPECT_EQ(query_number("SELECT size + stored + chunk_count + length(digest) + length(map_hash) + "
                         "length(seal) + length(content_type) + length(security_context) + "
                         "length(elements) FROM version WHERE sequence = 1"),
            0);
  EXPECT_FALSE(table().name_of(1).value().has_value());
  EXPECT_FALSE(table().hidden_by(9, 9).value().next().value().has_value());
  EXPECT_TRUE(table().hidden_after(0, 9).value().empty());
  EXPECT_FALSE(table().newest_in_snapshot(binary(), 2, 2).value().has_value());
}

TEST_F(VersionTableTest, AVersionIsHiddenByItsFirstPurge) {
  ASSERT_THAT(table().hide(1, 3), is_ok());
  ASSERT_THAT(table().hide(1, 9), is_ok());
  EXPECT_EQ(query_number("SELECT purged_sequence FROM version WHERE sequence = 1"), 3);
}

}  // namespace
}  // namespace fhirbin::storage
