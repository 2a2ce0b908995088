#include "engine/store/statistics.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <system_error>
#include <tuple>
#include <utility>

#include "engine/fhir/media_type.h"
#include "engine/storage/catalog_figures.h"
#include "engine/storage/change_table.h"
#include "engine/storage/pin_table.h"
#include "engine/storage/schema.h"
#include "engine/storage/sqlite_version.h"
#include "engine/storage/volume_table.h"
#include "engine/util/try.h"

namespace fhirbin::store {
namespace {

using storage::CatalogFigures;
using storage::Connection;

Result<void> sum_rows(Connection& connection, StoreStats& stats) {
  CatalogFigures figures(connection);
  FHIRBIN_TRY_ASSIGN(const auto binaries, figures.count_binaries());
  stats.binaries = binaries.present;
  stats.deleted = binaries.deleted;
  FHIRBIN_TRY_ASSIGN(const auto versions, figures.sum_versions());
  stats.versions = versions.versions;
  stats.logical_bytes = versions.content_bytes;
  stats.inline_bytes = versions.inline_bytes;
  FHIRBIN_TRY_ASSIGN(const auto chunks, figures.sum_chunks());
  stats.chunks = chunks.chunks;
  stats.chunk_raw_bytes = chunks.raw_bytes;
  stats.chunk_stored_bytes = chunks.stored_bytes;
  stats.shared_bytes = versions.chunked_bytes - std::min(versions.chunked_bytes, chunks.raw_bytes);
  return {};
}

Result<void> sum_volumes(Connection& connection, StoreStats& stats) {
  storage::VolumeTable volumes(connection);
  FHIRBIN_TRY_ASSIGN(const auto rows, volumes.all());
  for (const storage::VolumeRow& row : rows) {
    ++stats.volumes;
    stats.filling_volumes += row.state == storage::VolumeState::kFilling ? 1 : 0;
    FHIRBIN_TRY_ASSIGN(const auto sums, volumes.sums(row.number));
    stats.reclaimable_bytes += row.stored_bytes - std::min(row.stored_bytes, sums.live_bytes);
  }
  return {};
}

// Content types as kept differ in case and parameters; the figures are by essence.
Result<void> sum_media_types(Connection& connection, StoreStats& stats) {
  FHIRBIN_TRY_ASSIGN(auto content_types, CatalogFigures(connection).content_types());
  std::map<std::string, MediaTypeStats> by_essence;
  std::string last;
  MediaTypeStats* sum = nullptr;  // of `last`
  while (true) {
    FHIRBIN_TRY_ASSIGN(auto kept, content_types.next());
    if (!kept) {
      break;
    }
    if (sum == nullptr || kept->content_type != last) {
      last = std::move(kept->content_type);
      const auto parsed = fhir::parse_media_type(last);
      sum = &by_essence[parsed ? parsed->essence() : "unknown"];
    }
    ++sum->versions;
    sum->logical_bytes += kept->content_bytes;
  }
  for (auto& [essence, sums] : by_essence) {
    sums.content_type = essence;
    stats.media_types.push_back(std::move(sums));
  }
  std::ranges::sort(stats.media_types, [](const MediaTypeStats& a, const MediaTypeStats& b) {
    return std::tie(b.logical_bytes, a.content_type) < std::tie(a.logical_bytes, b.content_type);
  });
  return {};
}

std::uint64_t file_bytes(const std::filesystem::path& path) {
  std::error_code missing;
  const auto size = std::filesystem::file_size(path, missing);
  return missing ? 0 : size;
}

void measure_files(const storage::StorePaths& paths, StoreStats& stats) {
  stats.catalog_file_bytes = file_bytes(paths.catalog());
  std::error_code ignored;  // a folder that cannot be listed shows as empty
  for (const auto& entry : std::filesystem::directory_iterator(paths.volumes(), ignored)) {
    if (entry.path().extension() == ".db") {
      stats.volume_file_bytes += file_bytes(entry.path());
    }
  }
}

Result<void> count_live_pins(StoreContext& store, StoreStats& stats) {
  FHIRBIN_TRY_ASSIGN(const auto pins, store.catalog().read([](Connection& connection) {
    return storage::PinTable(connection).all();
  }));
  for (const storage::PinRow& pin : pins) {
    FHIRBIN_TRY_ASSIGN(const bool lives, store.catalog().owner_lives(pin.owner));
    stats.pins += lives ? 1 : 0;
  }
  return {};
}

}  // namespace

Result<StoreStats> read_stats(StoreContext& store) {
  StoreStats stats;
  stats.fhir_version = store.settings().fhir_version;
  stats.format_version = static_cast<std::uint64_t>(storage::kFormatVersion);
  stats.sqlite_version = storage::sqlite_version();
  stats.sqlite_has_wal_reset_bug = storage::sqlite_has_wal_reset_bug();
  FHIRBIN_TRY(store.catalog().read([&](Connection& connection) -> Result<void> {
    FHIRBIN_TRY_ASSIGN(stats.sequence, storage::ChangeTable(connection).last_sequence());
    FHIRBIN_TRY(sum_rows(connection, stats));
    FHIRBIN_TRY(sum_volumes(connection, stats));
    return sum_media_types(connection, stats);
  }));
  measure_files(store.catalog().paths(), stats);
  stats.wal_bytes = store.catalog().wal_bytes();
  FHIRBIN_TRY(count_live_pins(store, stats));
  return stats;
}

}  // namespace fhirbin::store
