#include "tools/commands/commands.h"
#include "tools/failure.h"
#include "tools/json_text.h"
#include "tools/opened_store.h"
#include "tools/progress_bar.h"
#include "tools/stop_signals.h"
#include "tools/units.h"

namespace fhirbin::tool {
namespace {

std::string json_of(const CollectReport& report) {
  JsonText json;
  json.begin_object()
      .member("chunks_removed", report.chunks_removed)
      .member("volumes_dropped", report.volumes_dropped)
      .member("volumes_compacted", report.volumes_compacted)
      .member("bytes_returned", report.bytes_returned)
      .member("pending", report.pending)
      .end_object();
  return json.str() + '\n';
}

std::string text_of(const CollectReport& report) {
  std::string text = "removed " + counted(report.chunks_removed, "chunk", "chunks") + ", dropped " +
                     counted(report.volumes_dropped, "volume", "volumes") + ", compacted " +
                     grouped(report.volumes_compacted) + "; returned " +
                     human_bytes(report.bytes_returned) + '\n';
  if (report.pending) {
    text += "an upload or export in progress holds some back; run gc again later\n";
  }
  return text;
}

}  // namespace

ExitStatus run(const GcCommand& command, StandardOutput& out) {
  const StopSignals signals;
  Store store = open_for_writing(command.store);
  ProgressBar bar("collecting", command.json ? ProgressBar::Visibility::kNever
                                             : ProgressBar::Visibility::kIfTerminal);
  const CollectReport report = take(store.collect_garbage(
      {.on_progress = [&bar](const Progress& progress) { bar.update(progress); },
       .stop = signals.token()}));
  bar.wipe();
  out.print(command.json ? json_of(report) : text_of(report));
  return ExitStatus::kDone;
}

}  // namespace fhirbin::tool
