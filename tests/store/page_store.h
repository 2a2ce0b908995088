#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "engine/chunk/chunk_hash.h"
#include "engine/codec/page_codec.h"
#include "engine/storage/catalog.h"
#include "engine/storage/chunk_table.h"
#include "engine/storage/lanes.h"
#include "engine/storage/store_folder.h"
#include "engine/storage/volume_reader.h"
#include "engine/storage/volume_table.h"
#include "engine/util/random.h"
#include "engine/util/try.h"
#include "tests/support/sample_bytes.h"
#include "tests/support/temporary_folder.h"

// A store's catalog and volumes without the store, for the parts that move pages.
namespace fhirbin::store::page_test {

class PageStore {
 public:
  explicit PageStore(std::uint64_t volume_limit_bytes = 256U << 20)
      : catalog_(create(paths_, volume_limit_bytes)),
        context_{.paths = paths_, .store_id = catalog_->settings().store_id},
        volumes_(context_, false),
        lanes_(*catalog_, context_, random_) {}

  storage::Catalog& catalog() { return *catalog_; }
  const storage::Settings& settings() const { return catalog_->settings(); }
  storage::VolumeReader& volumes() { return volumes_; }
  storage::Lanes& lanes() { return lanes_; }
  const storage::StorePaths& paths() const { return paths_; }

  Hash128 hash_of(ByteSpan raw) const {
    std::vector<Hash128> blocks;
    chunk::compute_block_hashes(settings().hash_secret, raw, blocks);
    return chunk::combine_block_hashes(settings().hash_secret, blocks);
  }

  // A live chunk that holds `raw`, in the volume that is filling.
  storage::ChunkRow add_chunk(ByteSpan raw, codec::PageCodec codec = codec::PageCodec::kRaw) {
    codec::PageEncoder encoder(1);
    const auto encoded = encoder.encode(raw).value();
    const ByteSpan stored = codec == codec::PageCodec::kRaw ? raw : encoded.stored;
    EXPECT_TRUE(codec == codec::PageCodec::kRaw || encoded.codec == codec);
    storage::ChunkRow row{.hash = hash_of(raw),
                          .raw_length = static_cast<std::uint32_t>(raw.size()),
                          .stored_length = static_cast<std::uint32_t>(stored.size()),
                          .codec = static_cast<std::uint8_t>(codec),
                          .references = 1,
                          .place = add_page(stored)};
    if (codec == codec::PageCodec::kRaw && raw.size() > chunk::kHashBlockBytes) {
      chunk::compute_block_hashes(settings().hash_secret, raw, row.block_hashes);
    }
    change([&](storage::Connection& connection) -> Result<void> {
      FHIRBIN_TRY_ASSIGN(row.id, storage::ChunkTable(connection).insert(row));
      return {};
    });
    return row;
  }

  // A page that no chunk names yet.
  storage::PagePlace add_page(ByteSpan stored) {
    auto lane = lanes_.acquire().value();
    const std::uint64_t page = lane.append(stored).value();
    EXPECT_TRUE(lane.commit());
    const std::uint32_t number = lane.number();
    EXPECT_TRUE(lanes_.release(std::move(lane)));
    return {.volume = number, .page = page, .sealed = false};
  }

  void seal(std::uint32_t volume) {
    auto lane = lanes_.take(volume).value();
    ASSERT_TRUE(lane);
    EXPECT_TRUE(lanes_.seal(*std::move(lane)));
  }

  void remove_file(std::uint32_t volume) {
    EXPECT_TRUE(std::filesystem::remove(paths_.volume(volume)));
    volumes_.forget(volume);
  }

  void change(std::function<Result<void>(storage::Connection&)> apply) {
    const auto done = catalog_->write(std::move(apply));
    EXPECT_TRUE(done) << done.error().message;
  }
  void execute(const std::string& sql) {
    change([&](storage::Connection& connection) -> Result<void> {
      FHIRBIN_TRY(connection.execute(sql.c_str()));
      EXPECT_GT(connection.changed_rows(), 0U) << sql;
      return {};
    });
  }
  // The first column of a query about all rows, or about chunk ?1; `sql` is a constant.
  std::int64_t query(const char* sql) {
    return catalog_->read([sql](storage::Connection& c) { return c.query_number(sql); }).value();
  }
  std::uint64_t query(const char* sql, const storage::ChunkRow& chunk) {
    const auto look = [&](storage::Connection& connection) -> Result<std::uint64_t> {
      FHIRBIN_TRY_ASSIGN(storage::Statement query, connection.prepare(sql));
      FHIRBIN_TRY(query.bind(1, chunk.id).step());
      return query.column_u64(0);
    };
    return catalog_->read(look).value();
  }
  std::uint64_t references_of(const storage::ChunkRow& chunk) {
    return query("SELECT reference_count FROM chunk WHERE id = ?1", chunk);
  }
  // The sequence at which it was freed; 0 when it was not.
  std::uint64_t freed_at(const storage::ChunkRow& chunk) {
    return query("SELECT coalesce(freed_sequence, 0) FROM chunk WHERE id = ?1", chunk);
  }

 private:
  static std::unique_ptr<storage::Catalog> create(const storage::StorePaths& paths,
                                                  std::uint64_t volume_limit_bytes) {
    storage::Settings settings;
    SystemRandom random;
    EXPECT_TRUE(random.fill(settings.store_id.bytes));
    EXPECT_TRUE(random.fill(settings.hash_secret.bytes));
    settings.inline_limit_bytes = 128U << 10;
    settings.cut_min_bytes = 64U << 10;
    settings.cut_average_bytes = 256U << 10;
    settings.cut_max_bytes = 1U << 20;
    settings.volume_page_bytes = 16U << 10;
    settings.volume_limit_bytes = volume_limit_bytes;
    const auto made =
        storage::create_store_folder(paths.folder, settings, random, storage::kSealVfsName);
    EXPECT_TRUE(made) << made.error().message;
    return storage::Catalog::open(paths, {}).value();
  }

  testing::TemporaryFolder folder_;
  storage::StorePaths paths_{folder_ / "test.fhirbin"};
  SystemRandom random_;
  std::unique_ptr<storage::Catalog> catalog_;
  storage::VolumeContext context_;
  storage::VolumeReader volumes_;
  storage::Lanes lanes_;
};

}  // namespace fhirbin::store::page_test
