#include "tools/commands/commands.h"
#include "tools/failure.h"
#include "tools/json_text.h"
#include "tools/opened_store.h"
#include "tools/units.h"
#include "tools/version_reference.h"

namespace fhirbin::tool {

ExitStatus run(const PurgeCommand& command, StandardOutput& out) {
  const std::string id = take(parse_id(command.id));
  Store store = open_for_writing(command.store);
  const PurgeReport report = take(store.purge_history(id, command.keep));
  if (command.json) {
    JsonText json;
    json.begin_object()
        .member("versions_purged", report.versions_purged)
        .member("chunks_freed", report.chunks_freed)
        .member("bytes_freed", report.bytes_freed)
        .end_object();
    out.print(json.str() + '\n');
    return ExitStatus::kDone;
  }
  std::string text = "purged " + counted(report.versions_purged, "version", "versions");
  if (report.chunks_freed > 0) {
    text += "; " + counted(report.chunks_freed, "chunk", "chunks") + " of " +
            human_bytes(report.bytes_freed) + " wait for gc";
  }
  out.print(text + '\n');
  return ExitStatus::kDone;
}

}  // namespace fhirbin::tool
