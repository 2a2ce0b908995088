#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "engine/chunk/chunk_map.h"
#include "engine/storage/binary_table.h"
#include "engine/storage/chunk_table.h"
#include "engine/storage/content_table.h"
#include "engine/storage/version_table.h"
#include "engine/storage/volume_table.h"
#include "tests/storage/catalog_fixture.h"
#include "tests/support/sample_bytes.h"

// Catalogs with rows in them, for the tests of what reads them.
namespace fhirbin::storage::catalog_test {

inline Settings settings_with_secret() {
  Settings with_secret = settings();
  std::ranges::copy(testing::random_bytes(HashSecret::kSizeBytes, 1),
                    with_secret.hash_secret.bytes.begin());
  return with_secret;
}

inline chunk::ChunkMap make_map(std::size_t count, std::uint64_t first_id = 1) {
  chunk::ChunkMap map;
  for (std::size_t i = 0; i < count; ++i) {
    map.append({.chunk_id = first_id + i, .length = 1000, .hash = compute_hash(i, {})});
  }
  return map;
}

// A version of `id` without content, for FilledCatalog::add().
inline VersionRecord make_record(std::string id, std::int64_t at_ms = 0,
                                 ChangeAction action = ChangeAction::kCreate) {
  VersionRecord record;
  record.id = std::move(id);
  record.last_updated_ms = at_ms;
  record.action = action;
  return record;
}

// A catalog whose rows belong together, as the layer above would have written them.
class FilledCatalog {
 public:
  Connection& connection() { return connection_; }
  const Settings& settings() const { return settings_; }

  void execute(const char* sql) {
    const auto done = connection_.execute(sql);
    EXPECT_TRUE(done) << sql << ": " << done.error().message;
  }
  // Runs `sql`, which must change a row.
  void alter(const std::string& sql) {
    execute(sql.c_str());
    EXPECT_GT(connection_.changed_rows(), 0U) << sql;
  }

  // Adds the next version of `record.id` with its content and its place as the head;
  // returns it with the fields that follow from those. Chunked content is one chunk.
  VersionRecord add(VersionRecord record) {
    BinaryTable binaries(connection_);
    const auto former = binaries.find(record.id).value();
    record.number = former ? former->head_number + 1 : 1;
    record.sequence = ChangeTable(connection_).next_sequence().value();
    record.binary_key = former ? former->key : record.sequence;
    add_content(record);
    EXPECT_TRUE(VersionTable(connection_, settings_).insert(record));
    const BinaryRow binary{.key = record.binary_key,
                           .id = record.id,
                           .head_number = record.number,
                           .head_sequence = record.sequence};
    EXPECT_TRUE(former ? binaries.set_head(binary) : binaries.insert(binary));
    return record;
  }

  // Purges a version, as a change of its own.
  void hide(const VersionRecord& record) {
    const BinaryRow binary = *BinaryTable(connection_).find(record.id).value();
    const std::uint64_t sequence =
        ChangeTable(connection_).append_purge(record.id, binary.head_number, 0).value();
    EXPECT_TRUE(VersionTable(connection_, settings_).hide(record.sequence, sequence));
  }

 private:
  void add_content(VersionRecord& record) {
    ContentTable contents(connection_, settings_);
    if (record.placement == Placement::kInline) {
      const ByteVector stored(record.stored_bytes);
      EXPECT_TRUE(contents.insert_inline(record.sequence, 0, stored));
    }
    if (record.placement == Placement::kChunks) {
      const auto length = static_cast<std::uint32_t>(record.size_bytes);
      const std::uint64_t id = ChunkTable(connection_)
                                   .insert({.hash = record.digest,
                                            .raw_length = length,
                                            .stored_length = length / 2,
                                            .codec = 1,
                                            .references = 1,
                                            .place = {.volume = volume_, .page = ++pages_}})
                                   .value();
      chunk::ChunkMap map;
      map.append({.chunk_id = id, .length = length, .hash = record.digest});
      record.chunk_count = map.count();
      record.map_hash = compute_map_hash(settings_.hash_secret, map);
      EXPECT_TRUE(contents.insert_map(record.sequence, map));
    }
  }

  CatalogFolder folder_;
  Settings settings_ = settings_with_secret();
  Connection connection_ = folder_.connect();
  std::uint32_t volume_ = VolumeTable(connection_).insert(folder_.random).value();
  std::uint64_t pages_ = 0;
};

}  // namespace fhirbin::storage::catalog_test
