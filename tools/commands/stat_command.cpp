#include "tools/commands/commands.h"
#include "tools/failure.h"
#include "tools/json_text.h"
#include "tools/opened_store.h"
#include "tools/text_table.h"
#include "tools/units.h"

namespace fhirbin::tool {
namespace {

std::uint64_t stored_bytes(const StoreStats& stats) {
  return stats.inline_bytes + stats.chunk_stored_bytes;
}

void append_media_types(JsonText& json, const StoreStats& stats) {
  json.key("media_types").begin_array();
  for (const MediaTypeStats& media : stats.media_types) {
    json.begin_object()
        .member("content_type", media.content_type)
        .member("versions", media.versions)
        .member("logical_bytes", media.logical_bytes)
        .end_object();
  }
  json.end_array();
}

std::string json_of(const StoreStats& stats) {
  JsonText json;
  json.begin_object()
      .member("fhir_version", fhir_version_name(stats.fhir_version))
      .member("format_version", stats.format_version)
      .member("sequence", stats.sequence)
      .member("binaries", stats.binaries)
      .member("deleted", stats.deleted)
      .member("versions", stats.versions)
      .member("logical_bytes", stats.logical_bytes)
      .member("stored_bytes", stored_bytes(stats))
      .member("inline_bytes", stats.inline_bytes)
      .member("chunks", stats.chunks)
      .member("chunk_raw_bytes", stats.chunk_raw_bytes)
      .member("chunk_stored_bytes", stats.chunk_stored_bytes)
      .member("shared_bytes", stats.shared_bytes)
      .member("reclaimable_bytes", stats.reclaimable_bytes)
      .member("volumes", stats.volumes)
      .member("filling_volumes", stats.filling_volumes)
      .member("volume_file_bytes", stats.volume_file_bytes)
      .member("catalog_file_bytes", stats.catalog_file_bytes)
      .member("wal_bytes", stats.wal_bytes)
      .member("pins", stats.pins)
      .member("sqlite_version", stats.sqlite_version)
      .member("sqlite_has_wal_reset_bug", stats.sqlite_has_wal_reset_bug);
  append_media_types(json, stats);
  json.end_object();
  return json.str() + '\n';
}

// `bytes`, and what share of the logical bytes they are where there are any.
std::string with_share(std::uint64_t bytes, const StoreStats& stats) {
  const std::string exact = human_and_exact_bytes(bytes);
  return stats.logical_bytes == 0
             ? exact
             : exact + ", " + percent(bytes, stats.logical_bytes) + " of logical";
}

std::string fields_of(const StoreStats& stats) {
  FieldList fields;
  fields.add("FHIR version", fhir_version_name(stats.fhir_version));
  fields.add("Format version", std::to_string(stats.format_version));
  fields.add("Last change", grouped(stats.sequence));
  fields.add("Binaries", grouped(stats.binaries) + ", and " + grouped(stats.deleted) + " deleted");
  fields.add("Versions", grouped(stats.versions));
  fields.add("Logical", human_and_exact_bytes(stats.logical_bytes));
  fields.add("Stored", with_share(stored_bytes(stats), stats));
  fields.add("  inline", human_and_exact_bytes(stats.inline_bytes));
  fields.add("  in chunks", human_and_exact_bytes(stats.chunk_stored_bytes) + ", from " +
                                human_bytes(stats.chunk_raw_bytes) + " in " +
                                counted(stats.chunks, "chunk", "chunks"));
  fields.add("Shared", with_share(stats.shared_bytes, stats));
  fields.add("Reclaimable", human_and_exact_bytes(stats.reclaimable_bytes));
  fields.add("Volumes", human_and_exact_bytes(stats.volume_file_bytes) + " in " +
                            counted(stats.volumes, "file", "files") + ", " +
                            grouped(stats.filling_volumes) + " filling");
  fields.add("Catalog", human_and_exact_bytes(stats.catalog_file_bytes));
  fields.add("WAL", human_and_exact_bytes(stats.wal_bytes));
  fields.add("Pins", grouped(stats.pins));
  fields.add("SQLite", stats.sqlite_version + (stats.sqlite_has_wal_reset_bug
                                                   ? ", WAL reset bug held off by the store's lock"
                                                   : ""));
  return fields.str();
}

std::string media_table(const StoreStats& stats) {
  TextTable table({{"MEDIA TYPE"},
                   {"VERSIONS", Align::kRight},
                   {"LOGICAL", Align::kRight},
                   {"SHARE", Align::kRight}});
  for (const MediaTypeStats& media : stats.media_types) {
    table.add_row({media.content_type, grouped(media.versions), human_bytes(media.logical_bytes),
                   percent(media.logical_bytes, stats.logical_bytes)});
  }
  const std::string batch = table.take_batch();
  return batch.empty() ? batch : '\n' + batch;
}

}  // namespace

ExitStatus run(const StatCommand& command, StandardOutput& out) {
  Store store = open_for_reading(command.store);
  const StoreStats stats = take(store.stats());
  out.print(command.json ? json_of(stats) : fields_of(stats) + media_table(stats));
  return ExitStatus::kDone;
}

}  // namespace fhirbin::tool
