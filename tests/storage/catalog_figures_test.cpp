#include "engine/storage/catalog_figures.h"

#include <map>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/storage/filled_catalog.h"

namespace fhirbin::storage {
namespace {

using catalog_test::FilledCatalog;
using catalog_test::make_record;

struct ContentTypeSums {
  std::uint64_t versions = 0;
  std::uint64_t content_bytes = 0;
};

struct Figures {
  BinaryCounts binaries;
  VersionSums versions;
  ChunkSums chunks;
  std::map<std::string, ContentTypeSums> types;
};

Figures figures_of(Connection& connection) {
  CatalogFigures figures(connection);
  Figures got{.binaries = figures.count_binaries().value(),
              .versions = figures.sum_versions().value(),
              .chunks = figures.sum_chunks().value(),
              .types = {}};
  auto cursor = figures.content_types().value();
  const auto rows = cursor.collect();
  for (const ContentTypeRow& row : rows.value()) {
    ContentTypeSums& sums = got.types[row.content_type];
    ++sums.versions;
    sums.content_bytes += row.content_bytes;
  }
  return got;
}

void expect_equal(const Figures& got, const Figures& want) {
  EXPECT_EQ(got.binaries.present, want.binaries.present);
  EXPECT_EQ(got.binaries.deleted, want.binaries.deleted);
  EXPECT_EQ(got.versions.versions, want.versions.versions);
  EXPECT_EQ(got.versions.content_bytes, want.versions.content_bytes);
  EXPECT_EQ(got.versions.inline_bytes, want.versions.inline_bytes);
  EXPECT_EQ(got.versions.chunked_bytes, want.versions.chunked_bytes);
  EXPECT_EQ(got.chunks.chunks, want.chunks.chunks);
  EXPECT_EQ(got.chunks.raw_bytes, want.chunks.raw_bytes);
  EXPECT_EQ(got.chunks.stored_bytes, want.chunks.stored_bytes);
  ASSERT_EQ(got.types.size(), want.types.size());
  for (const auto& [type, sums] : want.types) {
    SCOPED_TRACE(type);
    ASSERT_TRUE(got.types.contains(type));
    EXPECT_EQ(got.types.at(type).versions, sums.versions);
    EXPECT_EQ(got.types.at(type).content_bytes, sums.content_bytes);
  }
}

TEST(CatalogFiguresTest, AnEmptyCatalogHasNothingOfAnything) {
  FilledCatalog catalog;
  expect_equal(figures_of(catalog.connection()), {});
}

struct Kept {
  VersionRecord record;
  bool hidden = false;
};

// What the header says, counted version by version.
Figures counted(const std::vector<Kept>& all, const std::map<std::string, VersionRecord>& heads) {
  Figures want;
  for (const auto& [id, head] : heads) {
    ++(head.action == ChangeAction::kDelete ? want.binaries.deleted : want.binaries.present);
  }
  for (const auto& [record, hidden] : all) {
    if (hidden) {
      continue;
    }
    ++want.versions.versions;
    want.versions.content_bytes += record.size_bytes;
    if (record.placement == Placement::kInline) {
      want.versions.inline_bytes += record.stored_bytes;
    }
    if (record.placement == Placement::kChunks) {
      want.versions.chunked_bytes += record.size_bytes;
      ++want.chunks.chunks;  // of its own
      want.chunks.raw_bytes += record.size_bytes;
      want.chunks.stored_bytes += record.size_bytes / 2;
    }
    if (record.action != ChangeAction::kDelete) {
      ContentTypeSums& sums = want.types[record.content_type];
      ++sums.versions;
      sums.content_bytes += record.size_bytes;
    }
  }
  return want;
}

TEST(CatalogFiguresTest, TheFiguresOfAnyCatalogAreThoseOfAPlainCount) {
  constexpr const char* kTypes[] = {"text/plain", "TEXT/plain", "text/plain; charset=utf-8",
                                    "image/png", ""};
  FilledCatalog catalog;
  std::mt19937_64 random(1);
  const auto below = [&random](std::uint64_t bound) { return random() % bound; };
  std::vector<Kept> all;
  std::map<std::string, VersionRecord> heads;
  catalog.execute("BEGIN");
  for (int i = 0; i < 200; ++i) {
    VersionRecord record = make_record("id" + std::to_string(below(40)), i);
    const auto head = heads.find(record.id);
    if (head != heads.end() && head->second.action != ChangeAction::kDelete && below(4) == 0) {
      record.action = ChangeAction::kDelete;
    } else {
      record.action = head == heads.end() ? ChangeAction::kCreate : ChangeAction::kUpdate;
      record.content_type = kTypes[below(std::size(kTypes))];
      record.placement = Placement{static_cast<std::uint8_t>(below(3))};
      record.digest = compute_hash(random(), {});
    }
    if (record.placement == Placement::kInline) {
      record.size_bytes = below(5000);
      record.stored_bytes = below(3000);
    } else if (record.placement == Placement::kChunks) {
      record.size_bytes = 1'500'000'000 + below(500'000'000);  // sums outgrow 32 bits
    }
    const VersionRecord added = catalog.add(record);
    all.push_back({.record = added});
    heads[record.id] = added;
  }
  for (Kept& kept : all) {
    if (kept.record.sequence == heads[kept.record.id].sequence || below(3) != 0) {
      continue;
    }
    catalog.hide(kept.record);
    kept.hidden = true;
    if (kept.record.placement == Placement::kChunks) {  // as the purge of a version does
      catalog.alter("UPDATE chunk SET reference_count = 0, freed_sequence = 1000 WHERE id = " +
                    std::to_string(ContentTable(catalog.connection(), catalog.settings())
                                       .load_map(kept.record)
                                       ->entry(0)
                                       .chunk_id));
    }
  }
  catalog.execute("COMMIT");
  const Figures want = counted(all, heads);
  ASSERT_GT(want.binaries.deleted, 0U);
  ASSERT_GT(want.versions.inline_bytes, 0U);
  ASSERT_EQ(want.types.size(), std::size(kTypes));
  expect_equal(figures_of(catalog.connection()), want);
}

// Many versions may use a chunk, and it is stored once.
TEST(CatalogFiguresTest, ASharedChunkIsSummedOnce) {
  FilledCatalog catalog;
  VersionRecord record = make_record("id");
  record.size_bytes = 1000;
  record.placement = Placement::kChunks;
  catalog.add(record);
  catalog.alter("UPDATE chunk SET reference_count = 7");
  const ChunkSums sums = figures_of(catalog.connection()).chunks;
  EXPECT_EQ(sums.chunks, 1U);
  EXPECT_EQ(sums.raw_bytes, 1000U);
  EXPECT_EQ(sums.stored_bytes, 500U);
}

}  // namespace
}  // namespace fhirbin::storage
