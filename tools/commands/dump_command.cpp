#include "tools/commands/commands.h"
#include "tools/failure.h"
#include "tools/json_text.h"
#include "tools/opened_store.h"
#include "tools/text_table.h"
#include "tools/units.h"
#include "tools/version_reference.h"
#include "tools/version_text.h"

namespace fhirbin::tool {
namespace {

std::string json_of(const StoreLayout& layout) {
  JsonText json;
  json.begin_object().key("settings").begin_object();
  for (const auto& [name, value] : layout.settings) {
    json.member(name, value);
  }
  json.end_object().key("volumes").begin_array();
  for (const VolumeLayout& volume : layout.volumes) {
    json.begin_object()
        .member("number", volume.number)
        .member("state", volume.state)
        .member("pages", volume.pages)
        .member("stored_bytes", volume.stored_bytes)
        .member("live_bytes", volume.live_bytes)
        .member("file_bytes", volume.file_bytes)
        .end_object();
  }
  json.end_array().end_object();
  return json.str() + '\n';
}

std::string text_of(const StoreLayout& layout) {
  FieldList settings;
  for (const auto& [name, value] : layout.settings) {
    settings.add(name, value);
  }
  TextTable table({{"VOLUME", Align::kRight},
                   {"STATE"},
                   {"PAGES", Align::kRight},
                   {"STORED", Align::kRight},
                   {"LIVE", Align::kRight},
                   {"FILE", Align::kRight}});
  for (const VolumeLayout& volume : layout.volumes) {
    table.add_row({std::to_string(volume.number), volume.state, grouped(volume.pages),
                   human_bytes(volume.stored_bytes),
                   percent(volume.live_bytes, volume.stored_bytes),
                   human_bytes(volume.file_bytes)});
  }
  const std::string volumes = table.take_batch();
  return settings.str() + (volumes.empty() ? "" : "\n") + volumes;
}

std::string json_of(const VersionLayout& layout) {
  JsonText json;
  json.begin_object().key("version");
  append_json(json, layout.info);
  json.member("placement", layout.placement).member("stored_bytes", layout.stored_bytes);
  if (!layout.elements.empty()) {
    json.key("elements").raw(layout.elements);
  }
  json.key("chunks").begin_array();
  for (const ChunkLayout& chunk : layout.chunks) {
    json.begin_object()
        .member("offset", chunk.offset)
        .member("chunk_id", chunk.chunk_id)
        .member("raw_bytes", chunk.raw_bytes)
        .member("stored_bytes", chunk.stored_bytes)
        .member("codec", chunk.codec)
        .member("references", chunk.references)
        .member("volume", chunk.volume)
        .member("page", chunk.page)
        .end_object();
  }
  json.end_array().end_object();
  return json.str() + '\n';
}

std::string text_of(const VersionLayout& layout) {
  FieldList fields = fields_of(layout.info);
  fields.add("Placement", layout.placement);
  const std::string share = percent(layout.stored_bytes, layout.info.size_bytes);
  fields.add("Stored", human_and_exact_bytes(layout.stored_bytes) +
                           (layout.info.size_bytes == 0 ? "" : ", " + share + " of the content"));
  fields.add("Elements", layout.elements.empty() ? "-" : layout.elements);
  TextTable table({{"OFFSET", Align::kRight},
                   {"CHUNK", Align::kRight},
                   {"RAW", Align::kRight},
                   {"STORED", Align::kRight},
                   {"CODEC"},
                   {"REFERENCES", Align::kRight},
                   {"VOLUME", Align::kRight},
                   {"PAGE", Align::kRight}});
  for (const ChunkLayout& chunk : layout.chunks) {
    table.add_row({std::to_string(chunk.offset), std::to_string(chunk.chunk_id),
                   std::to_string(chunk.raw_bytes), std::to_string(chunk.stored_bytes), chunk.codec,
                   grouped(chunk.references), std::to_string(chunk.volume),
                   std::to_string(chunk.page)});
  }
  const std::string chunks = table.take_batch();
  return fields.str() + (chunks.empty() ? "" : "\n") + chunks;
}

}  // namespace

ExitStatus run(const DumpCommand& command, StandardOutput& out) {
  std::optional<VersionReference> reference;
  if (command.reference) {
    reference = take(parse_version_reference(*command.reference));
  }
  Store store = open_for_reading(command.store);
  if (reference) {
    const VersionLayout layout = take(store.layout(reference->id, reference->version));
    out.print(command.json ? json_of(layout) : text_of(layout));
  } else {
    const StoreLayout layout = take(store.layout());
    out.print(command.json ? json_of(layout) : text_of(layout));
  }
  return ExitStatus::kDone;
}

}  // namespace fhirbin::tool
