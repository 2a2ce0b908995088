#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <limits>
#include <string>

#include <gtest/gtest.h>
#include <sqlite3.h>

#include "engine/storage/binary_table.h"
#include "engine/storage/catalog.h"
#include "engine/storage/version_table.h"
#include "tests/support/folder_image.h"
#include "tests/support/raw_catalog.h"
#include "tests/support/result_matchers.h"
#include "tests/support/temporary_store.h"

namespace fhirbin::testing {
namespace {

// A store with each kind of version, whose rows are then made wrong through the engine's own
// connection, so that every SQLite page keeps its seal.
class VerifyTest : public ::testing::Test {
 protected:
  void SetUp() override {
    store_ = std::make_unique<TemporaryStore>(CreateOptions{.inline_limit_bytes = 8'000},
                                              OpenOptions{}, small_chunks(1U << 20));
    small_ = put(*store(), random_bytes(5'000, 1))->id;
    large_ = put(*store(), random_bytes(100'000, 2))->id;
    ASSERT_THAT(replace(*store(), large_, random_bytes(120'000, 3)), is_ok());
    ASSERT_THAT(replace(*store(), large_, random_bytes(110'000, 4)), is_ok());
    gone_ = put(*store(), as_bytes("gone"))->id;
    ASSERT_THAT(store()->remove(gone_), is_ok());
    ASSERT_THAT(put(*store(), {}), is_ok());
    const std::string purged = put(*store(), as_bytes("first"))->id;      // 8
    ASSERT_THAT(replace(*store(), purged, as_bytes("second")), is_ok());  // 9
    ASSERT_EQ(store()->purge_history(purged)->versions_purged, 1U);       // 10
    ASSERT_THAT(put(*store(), as_bytes("after the purge")), is_ok());
    ASSERT_EQ(store()->verify()->damage_count, 0U);
  }

  void change(const std::function<Result<void>(storage::Connection&)>& work) {
    store().close();
    auto catalog = storage::Catalog::open({store().path()}, {}).value();
    ASSERT_THAT(catalog->write(work), is_ok());
    ASSERT_THAT(catalog->close(), is_ok());
    catalog.reset();
    store().reopen();
  }
  void execute(const char* sql) {
    change([sql](storage::Connection& connection) -> Result<void> {
      FHIRBIN_TRY(connection.execute(sql));
      if (connection.changed_rows() == 0) {
        return fail(ErrorCode::kNotFound, "the statement changed nothing");
      }
      return {};
    });
  }
  // Gives the newest version of `id` other fields and the seal that goes with them.
  void reseal(const std::string& id, const std::function<void(storage::VersionRecord&)>& alter) {
    const storage::Settings settings =
        storage::Catalog::open({store().path()}, {}).value()->settings();
    change([&](storage::Connection& connection) -> Result<void> {
      storage::VersionTable versions(connection, settings);
      FHIRBIN_TRY_ASSIGN(const auto binary, storage::BinaryTable(connection).find(id));
      FHIRBIN_TRY_ASSIGN(storage::VersionRecord record, versions.head_of(*binary));
      alter(record);
      const std::string erase =
          "DELETE FROM version WHERE sequence = " + std::to_string(record.sequence);
      FHIRBIN_TRY(connection.execute(erase.c_str()));
      return versions.insert(record);
    });
  }
  bool names(const VerifyReport& report, const std::string& id, std::uint64_t version) {
    return std::ranges::any_of(report.damages, [&](const Damage& damage) {
      return damage.id == id && damage.version == version;
    });
  }

  TemporaryStore& store() { return *store_; }

  std::unique_ptr<TemporaryStore> store_;
  std::string small_;
  std::string large_;
  std::string gone_;
};

TEST_F(VerifyTest, ContentThatAKeptVersionLacksIsDamageAndNotAPurge) {
  execute("DELETE FROM inline_content WHERE sequence = 1");
  execute("DELETE FROM chunk_map WHERE sequence = 3");
  execute("DELETE FROM chunk WHERE id = (SELECT max(id) FROM chunk)");
  EXPECT_THAT(read_all(*store(), small_), is_error(ErrorCode::kCorrupt));
  EXPECT_THAT(read_all(*store(), large_, 2), is_error(ErrorCode::kCorrupt));
  EXPECT_THAT(read_all(*store(), large_, 3), is_error(ErrorCode::kCorrupt));
  EXPECT_THAT(read_all(*store(), large_, 1), is_ok());
  const auto report = store()->verify();
  ASSERT_THAT(report, is_ok());
  EXPECT_TRUE(names(*report, small_, 1));
  EXPECT_TRUE(names(*report, large_, 2));
  EXPECT_TRUE(names(*report, large_, 3));
}

TEST_F(VerifyTest, ABinaryUnderAnotherIdServesNothing) {
  execute("UPDATE binary SET id = 'renamed' WHERE key = 2");
  EXPECT_THAT(store()->head("renamed"), is_error(ErrorCode::kCorrupt));
  EXPECT_THAT(store()->history("renamed"), is_error(ErrorCode::kCorrupt));
  EXPECT_THAT(export_text(*store()), is_error(ErrorCode::kCorrupt));
  EXPECT_THAT(store()->purge_history("renamed"), is_error(ErrorCode::kCorrupt));
  for (const std::uint64_t version : {1U, 2U, 3U}) {
    EXPECT_THAT(read_all(*store(), "renamed", version), is_error(ErrorCode::kCorrupt));
  }
  EXPECT_NE(store()->verify()->damage_count, 0U);
}

// The change feed tells of them, though nobody can read them.
TEST(VerifyHiddenTest, ARecordThatIsHiddenAndNotYetErasedIsCheckedToo) {
  for (const char* const alteration :
       {"action = 3", "number = 7", "last_updated = last_updated + 1"}) {
    SCOPED_TRACE(alteration);
    TemporaryStore store({.keep_history = false});
    const std::string id = put(*store, as_bytes("one"))->id;
    ASSERT_THAT(put(*store, as_bytes("beside it")), is_ok());
    ASSERT_THAT(replace(*store, id, as_bytes("two")), is_ok());
    ASSERT_THAT(replace(*store, id, as_bytes("three")), is_ok());
    ASSERT_EQ(store->verify()->damage_count, 0U);
    store.close();
    const std::string change =
        "UPDATE version SET " + std::string(alteration) + " WHERE sequence = 3";
    execute_raw(store.path(), change.c_str());
    store.reopen();
    EXPECT_NE(store->verify()->damage_count, 0U);
  }
}

// The chunks themselves are sound.
TEST(VerifyBlocksTest, BlockHashesThatDoNotMakeTheChunksHashAreDamage) {
  for (const char* const value :
       {"substr(block_hashes, 17)", "NULL",
        "CAST(substr(block_hashes, 17) || substr(block_hashes, 1, 16) AS BLOB)"}) {
    SCOPED_TRACE(value);
    TemporaryStore store;
    const ByteVector content = random_bytes(600'000, 9);
    const std::string id = put(*store, content)->id;
    ASSERT_EQ(store->verify()->damage_count, 0U);
    store.close();
    auto catalog = storage::Catalog::open({store.path()}, {}).value();
    const std::string change =
        "UPDATE chunk SET block_hashes = " + std::string(value) + " WHERE id = 1";
    ASSERT_THAT(catalog->write([&change](storage::Connection& connection) {
      return connection.execute(change.c_str());
    }),
                is_ok());
    ASSERT_THAT(catalog->close(), is_ok());
    catalog.reset();
    store.reopen();
    const auto report = store->verify();
    ASSERT_THAT(report, is_ok());
    EXPECT_EQ(report->damage_count, 1U);
    ByteVector range(10);
    EXPECT_THAT(store->open_reader(id).value().read_at(5, range), is_ok());
    EXPECT_TRUE(equal_bytes(range, ByteSpan(content).subspan(5, 10)));
  }
}

TEST(VerifyCacheTest, WhatWasReadBeforeIsFetchedAllTheSame) {
  TemporaryStore store({}, {.worker_threads = 1});  // so that nothing is read ahead
  const std::string id = put(*store, random_bytes(600'000, 9))->id;
  Reader reader = store->open_reader(id).value();
  const auto read_backwards = [&reader] {
    ByteVector byte(1);  // of one chunk; each has more than a step
    for (std::uint64_t offset = reader.size_bytes(); offset > 0;) {
      offset -= 50'000;
      EXPECT_THAT(reader.read_at(offset, byte), is_ok()) << offset;
    }
  };
  read_backwards();
  read_backwards();  // what was read by part before is kept now
  for (const auto& volume : std::filesystem::directory_iterator(store.path() / "volumes")) {
    std::fstream file(volume.path(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(16'384);
    file << std::string(volume.file_size() - 16'384, 'x');
  }
  read_backwards();  // from memory
  const auto report = store->verify();
  ASSERT_THAT(report, is_ok());
  EXPECT_TRUE(std::ranges::any_of(report->damages,
                                  [&id](const Damage& damage) { return damage.id == id; }));
}

TEST_F(VerifyTest, EveryWrongRowIsFound) {
  const std::pair<const char*, const char*> cases[] = {
      {"inline content of no version", "INSERT INTO inline_content VALUES(900, 0, x'00')"},
      {"inline content of a chunked version", "INSERT INTO inline_content VALUES(2, 0, x'00')"},
      {"map of no version", "INSERT INTO chunk_map VALUES(900, 0, x'00')"},
      {"map of an inline version", "INSERT INTO chunk_map VALUES(1, 0, x'00')"},
      {"map with a segment too many", "INSERT INTO chunk_map VALUES(2, 1, x'00')"},
      {"oldest version missing", "DELETE FROM version WHERE sequence = 1"},
      {"purge missing", "DELETE FROM purge WHERE sequence = 10"},
      {"purge of no Binary", "UPDATE purge SET id = 'nobody' WHERE sequence = 10"},
      {"purge of a number past the head", "UPDATE purge SET number = 9 WHERE sequence = 10"},
      {"purge in the place of a version",
       "INSERT INTO purge SELECT 4, id, 3, 0 FROM version WHERE sequence = 4"},
      {"erased version missing", "DELETE FROM version WHERE sequence = 8"},
      {"erased version of another Binary",
       "UPDATE version SET id = (SELECT id FROM version WHERE sequence = 1) WHERE sequence = 8"},
      {"erased version of an unknown kind", "UPDATE version SET action = 9 WHERE sequence = 8"},
      {"erased version past the head", "UPDATE version SET number = 9 WHERE sequence = 8"},
      {"erased version with something left",
       "UPDATE version SET content_type = 'a/b' WHERE sequence = 8"},
      {"tally that is wrong", "UPDATE tally SET retired = retired + 1"},
      {"version of another Binary",
       "UPDATE version SET id = (SELECT id FROM version WHERE sequence = 1) WHERE sequence = 3"},
      {"version hidden without a purge",
       "UPDATE version SET purged_sequence = 4 WHERE number = 1 "
       "AND binary_key = 2"},
      {"version in the middle missing", "DELETE FROM version WHERE sequence = 3"},
      {"head points elsewhere", "UPDATE binary SET head_number = 2 WHERE key = 2"},
      {"key that leads to another Binary's version", "UPDATE binary SET key = 6 WHERE key = 2"},
      {"Binary without versions",
       "INSERT INTO binary(id, key, head_number, head_sequence) VALUES('x', 900, 1, 2)"},
      {"too many references", "UPDATE chunk SET reference_count = 7 WHERE id = 2"},
      {"too few references", "UPDATE chunk SET reference_count = 0 WHERE id = 2"},
      {"live chunk marked as freed", "UPDATE chunk SET freed_sequence = 1 WHERE id = 2"},
      {"dead chunk not marked as freed",
       "INSERT INTO chunk(hash_head, hash_tail, raw_length, stored_length, codec, reference_count, "
       "volume, page) SELECT hash_head, hash_tail, raw_length, stored_length, codec, 0, volume, "
       "9000 FROM chunk WHERE id = 2"},
      {"chunk of an unknown volume", "UPDATE chunk SET volume = 77 WHERE id = 2"},
      {"chunk of an unknown page", "UPDATE chunk SET page = 7777 WHERE id = 2"},
      {"chunk of another length", "UPDATE chunk SET raw_length = raw_length + 1 WHERE id = 2"},
      {"chunk of another hash", "UPDATE chunk SET hash_tail = 1 WHERE id = 2"},
      {"books too high", "UPDATE volume SET pages = pages + 1"},
      {"books of too many bytes", "UPDATE volume SET stored = stored + 1"},
      {"volume of no known state", "UPDATE volume SET state = 9"},
      {"field of a version record", "UPDATE version SET size = size + 1 WHERE sequence = 2"},
  };
  store().close();
  const std::string catalog = file_text(store().path() / "catalog.db");
  const std::string lock = file_text(store().path() / "lock");
  for (const auto& [name, sql] : cases) {
    SCOPED_TRACE(name);
    execute(sql);
    const auto report = store()->verify();
    ASSERT_THAT(report, is_ok());
    EXPECT_TRUE(report->complete);
    EXPECT_NE(report->damage_count, 0U);
    store().close();
    std::ofstream(store().path() / "catalog.db", std::ios::binary) << catalog;
    std::ofstream(store().path() / "lock", std::ios::binary) << lock;
  }
  store().reopen();
  EXPECT_EQ(store()->verify()->damage_count, 0U);
}

TEST_F(VerifyTest, WholeContentIsComparedWithItsDigest) {
  reseal(large_, [](storage::VersionRecord& record) { record.digest.bytes[0] ^= std::byte{1}; });
  EXPECT_TRUE(names(*store()->verify(), large_, 3));
}

TEST_F(VerifyTest, SealedRecordsThatCannotBeTrueAreDamage) {
  const std::pair<const char*, std::function<void(storage::VersionRecord&)>> cases[] = {
      {"content of no placement", [](auto& r) { r.placement = storage::Placement::kNone; }},
      {"unknown placement", [](auto& r) { r.placement = static_cast<storage::Placement>(7); }},
      {"unknown action", [](auto& r) { r.action = static_cast<ChangeAction>(9); }},
      {"inline length", [](auto& r) { r.size_bytes = std::uint64_t{1} << 40; }},
      {"endless", [](auto& r) { r.last_updated_ms = std::numeric_limits<std::int64_t>::max(); }},
  };
  for (const auto& [name, alter] : cases) {
    SCOPED_TRACE(name);
    SetUp();
    reseal(small_, alter);
    EXPECT_THAT(read_all(*store(), small_), is_error(ErrorCode::kCorrupt));
    EXPECT_THAT(read_json(*store(), small_), is_error(ErrorCode::kCorrupt));
    EXPECT_THAT(replace(*store(), small_, as_bytes("x")), is_error(ErrorCode::kCorrupt));
    EXPECT_TRUE(names(*store()->verify(), small_, 1));
  }
}

TEST_F(VerifyTest, AChunkIdAtTheEndOfTheNumbersDoesNotMakeItEndless) {
  execute(
      "INSERT INTO chunk(id, hash_head, hash_tail, raw_length, stored_length, codec, "
      "reference_count, freed_sequence, volume, page) SELECT 9000000000000000000, hash_head, "
      "hash_tail, raw_length, stored_length, codec, 0, 1, volume, 9000 FROM chunk WHERE id = 2");
  EXPECT_EQ(store()->verify()->damage_count, 1U);
}

TEST_F(VerifyTest, FilesThatTheBooksDoNotKnowAreNamed) {
  const std::filesystem::path volumes = store().path() / "volumes";
  for (const char* const name : {"00000042.db", "00000042.db-journal", "notes.txt"}) {
    std::ofstream(volumes / name) << "x";
    EXPECT_EQ(store()->verify()->damage_count, 1U) << name;
    std::filesystem::remove(volumes / name);
  }
  EXPECT_EQ(store()->verify()->damage_count, 0U);
}

}  // namespace
}  // namespace fhirbin::testing
