#include <iostream>
#include <memory>

#include "tools/commands/commands.h"
#include "tools/failure.h"
#include "tools/json_text.h"
#include "tools/opened_store.h"
#include "tools/progress_bar.h"
#include "tools/stop_signals.h"
#include "tools/units.h"
#include "tools/version_reference.h"

namespace fhirbin::tool {
namespace {

ExportReport export_to(const ExportCommand& command, Store& store, Sink& sink,
                       ProgressBar::Visibility visibility, const StopSignals& signals) {
  ExportOptions options;
  options.inline_limit_bytes = command.policy.inline_limit_bytes;
  options.measure = command.policy.measure;
  options.since = instant_of(command.since);
  options.history = command.history;
  ProgressBar bar("exporting", visibility);
  return take(store.export_ndjson(
      sink, options,
      {.on_progress = [&bar](const Progress& progress) { bar.update(progress); },
       .stop = signals.token()}));
}

std::string json_report(const ExportReport& report) {
  JsonText json;
  json.begin_object()
      .member("lines", report.lines)
      .member("inlined", report.inlined)
      .member("substituted", report.substituted)
      .member("bytes", report.bytes)
      .member("sequence", report.sequence)
      .end_object();
  return json.str() + '\n';
}

std::string human_report(const ExportReport& report) {
  return "exported " + counted(report.lines, "line", "lines") + ", " + human_bytes(report.bytes) +
         ": " + grouped(report.inlined) + " with data, " + grouped(report.substituted) +
         " substituted; up to change " + grouped(report.sequence) + '\n';
}

}  // namespace

ExitStatus run(const ExportCommand& command, StandardOutput& out) {
  const StopSignals signals;
  const bool to_file = !command.output.empty() && command.output != "-";
  const bool no_bar = command.json || (!to_file && out.is_terminal());
  const auto visibility =
      no_bar ? ProgressBar::Visibility::kNever : ProgressBar::Visibility::kIfTerminal;
  Store store = open_for_reading(command.store);
  ExportReport report;
  if (to_file) {
    const std::unique_ptr<Sink> file = file_sink(command.output);
    report = export_to(command, store, *file, visibility, signals);
  } else {
    report = export_to(command, store, out, visibility, signals);
    check(out.flush());
  }
  if (!command.json) {
    std::cerr << human_report(report);
  } else if (to_file) {
    out.print(json_report(report));
  } else {
    std::cerr << json_report(report);  // Standard output holds the export itself.
  }
  return ExitStatus::kDone;
}

}  // namespace fhirbin::tool
