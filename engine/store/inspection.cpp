#include "engine/store/inspection.h"

#include <filesystem>
#include <system_error>

#include "engine/codec/page_codec.h"
#include "engine/storage/chunk_table.h"
#include "engine/storage/content_table.h"
#include "engine/storage/schema.h"
#include "engine/storage/volume_table.h"
#include "engine/store/version_view.h"
#include "engine/util/try.h"

namespace fhirbin::store {
namespace {

using storage::Connection;
using storage::Placement;
using storage::VersionRecord;

std::string state_name(storage::VolumeState state) {
  switch (state) {
    case storage::VolumeState::kFilling:
      return "filling";
    case storage::VolumeState::kSealed:
      return "sealed";
    case storage::VolumeState::kDropping:
      return "dropping";
  }
  return "unknown";
}

std::string placement_name(Placement placement) {
  switch (placement) {
    case Placement::kNone:
      return "none";
    case Placement::kInline:
      return "inline";
    case Placement::kChunks:
      return "chunks";
    case Placement::kErased:
      return "erased";
  }
  return "unknown";
}

void list_settings(const storage::Settings& settings, StoreLayout& layout) {
  Hash128 store_id;
  store_id.bytes = settings.store_id.bytes;
  const auto yes_no = [](bool value) { return value ? "yes" : "no"; };
  layout.settings = {{"format_version", std::to_string(storage::kFormatVersion)},
                     {"store_id", store_id.to_hex()},
                     {"fhir_version", std::string(fhir_version_name(settings.fhir_version))},
                     {"keep_history", yes_no(settings.keep_history)},
                     {"update_may_create", yes_no(settings.update_may_create)},
                     {"inline_limit_bytes", std::to_string(settings.inline_limit_bytes)},
                     {"cut_min_bytes", std::to_string(settings.cut_min_bytes)},
                     {"cut_average_bytes", std::to_string(settings.cut_average_bytes)},
                     {"cut_max_bytes", std::to_string(settings.cut_max_bytes)},
                     {"volume_page_bytes", std::to_string(settings.volume_page_bytes)},
                     {"volume_limit_bytes", std::to_string(settings.volume_limit_bytes)}};
}

Result<void> list_chunks(Connection& connection, const chunk::ChunkMap& map,
                         VersionLayout& layout) {
  storage::ChunkTable chunks(connection);
  for (std::size_t i = 0; i < map.count(); ++i) {
    FHIRBIN_TRY_ASSIGN(const auto row, chunks.find(map.entry(i).chunk_id));
    if (!row) {
      return fail(ErrorCode::kCorrupt,
                  "chunk " + std::to_string(map.entry(i).chunk_id) + " is listed but not stored");
    }
    layout.stored_bytes += row->stored_length;
    layout.chunks.push_back(
        {.offset = map.offset_of(i),
         .chunk_id = row->id,
         .raw_bytes = row->raw_length,
         .stored_bytes = row->stored_length,
         .codec = std::string(codec::page_codec_name(static_cast<codec::PageCodec>(row->codec))),
         .references = row->references,
         .volume = row->place.volume,
         .page = row->place.page});
  }
  return {};
}

}  // namespace

Result<StoreLayout> read_store_layout(StoreContext& store) {
  StoreLayout layout;
  list_settings(store.settings(), layout);
  FHIRBIN_TRY(store.catalog().read([&](Connection& connection) -> Result<void> {
    storage::VolumeTable volumes(connection);
    FHIRBIN_TRY_ASSIGN(const auto rows, volumes.all());
    for (const storage::VolumeRow& row : rows) {
      FHIRBIN_TRY_ASSIGN(const auto sums, volumes.sums(row.number));
      std::error_code missing;
      const auto file_bytes =
          std::filesystem::file_size(store.catalog().paths().volume(row.number), missing);
      layout.volumes.push_back({.number = row.number,
                                .state = state_name(row.state),
                                .pages = row.pages,
                                .stored_bytes = row.stored_bytes,
                                .live_bytes = sums.live_bytes,
                                .file_bytes = missing ? 0 : file_bytes});
    }
    return {};
  }));
  return layout;
}

Result<VersionLayout> read_version_layout(StoreContext& store, std::string_view id,
                                          std::optional<std::uint64_t> version) {
  FHIRBIN_TRY_ASSIGN(const VersionRecord record, find_record(store, id, version));
  VersionLayout layout;
  FHIRBIN_TRY_ASSIGN(layout.info, to_version_info(record));
  layout.placement = placement_name(record.placement);
  layout.stored_bytes = record.stored_bytes;
  layout.elements = record.elements;
  if (record.placement == Placement::kChunks) {
    FHIRBIN_TRY(store.catalog().read([&](Connection& connection) -> Result<void> {
      FHIRBIN_TRY_ASSIGN(const auto map,
                         storage::ContentTable(connection, store.settings()).load_map(record));
      return list_chunks(connection, map, layout);
    }));
  }
  return layout;
}

}  // namespace fhirbin::store
