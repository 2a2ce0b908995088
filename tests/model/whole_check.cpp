#include <algorithm>
#include <map>

#include "tests/model/expectations.h"
#include "tests/model/queries.h"
#include "tests/support/store_calls.h"

namespace fhirbin::testing {
namespace {

// How often the kept versions use each chunk, counted from their maps, and what the catalog says.
struct ChunkUses {
  std::uint64_t counted = 0;
  std::uint64_t booked = 0;
  std::uint64_t raw_bytes = 0;
};
using AllChunkUses = std::map<std::uint64_t, ChunkUses>;

std::string_view expected_placement(const Model& model, std::uint64_t size_bytes) {
  if (size_bytes == 0) {
    return "none";
  }
  return size_bytes <= model.options().inline_limit_bytes ? "inline" : "chunks";
}

void check_layout(Store& store, const Model& model, const VersionInfo& info, AllChunkUses& uses) {
  const VersionLayout layout = expect_ok("a layout", store.layout(info.id, info.version));
  expect_same_text("a placement", layout.placement, expected_placement(model, info.size_bytes));
  std::uint64_t offset = 0;
  for (const ChunkLayout& chunk : layout.chunks) {
    expect_same("where a chunk starts", chunk.offset, offset);
    offset += chunk.raw_bytes;
    ChunkUses& use = uses[chunk.chunk_id];
    ++use.counted;
    use.booked = chunk.references;
    use.raw_bytes = chunk.raw_bytes;
  }
  expect_same("what the chunks add up to", offset,
              layout.placement == "chunks" ? info.size_bytes : 0);
}

void check_content(Store& store, const ModelVersion& version) {
  const ByteVector got =
      expect_ok("content", read_all(store, version.info.id, version.info.version));
  expect_same_bytes("content", got, *version.content);
}

void check_references(Store& store, const AllChunkUses& uses) {
  std::uint64_t raw_bytes = 0;
  for (const auto& [id, use] : uses) {
    expect_same("the reference count of a chunk", use.booked, use.counted);
    raw_bytes += use.raw_bytes;
  }
  const StoreStats stats = expect_ok("stats", store.stats());
  expect_same("stats: live chunks", stats.chunks, uses.size());
  expect_same("stats: raw bytes of chunks", stats.chunk_raw_bytes, raw_bytes);
}

}  // namespace

void check_everything(Store& store, const Model& model) {
  AllChunkUses uses;
  for (const auto& [id, binary] : model.binaries()) {
    check_head(store, model, id);
    check_history(store, model, id, {.count = 3});
    for (const ModelVersion* version : binary.kept()) {
      check_version(store, model, id, version->info.version);
      check_json(store, model, id, version->info.version, {});
      if (!version->info.deleted) {
        check_layout(store, model, version->info, uses);
        check_content(store, *version);
      }
    }
  }
  check_references(store, uses);
  check_list(store, model, {.include_deleted = true});
  check_store_history(store, model, {.count = 7});
  check_changes(store, model, 0, 9);
  ExportOptions with_history;
  with_history.inline_limit_bytes = 1000;
  with_history.history = true;
  check_export(store, model, with_history);
  check_stats(store, model);
  check_verify(store, model);
}

void check_collected(Store& store, const Model& model) {
  const CollectReport report = expect_ok("a collection", store.collect_garbage());
  expect_true("nothing is left to collect and", !report.pending);
  const StoreStats stats = expect_ok("stats", store.stats());
  expect_same("stats: pins", stats.pins, 0);
  const StoreLayout layout = expect_ok("the store's layout", store.layout());
  for (const VolumeLayout& volume : layout.volumes) {
    expect_true("each volume that is left is mostly alive and",
                volume.live_bytes != 0 && volume.live_bytes * 100 >= volume.stored_bytes * 60);
  }
  check_stats(store, model);
}

}  // namespace fhirbin::testing
