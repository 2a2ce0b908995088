#include "tools/commands/commands.h"
#include "tools/failure.h"
#include "tools/json_text.h"
#include "tools/opened_store.h"
#include "tools/progress_bar.h"
#include "tools/stop_signals.h"
#include "tools/units.h"
#include "tools/utf8.h"
#include "tools/version_reference.h"

namespace fhirbin::tool {
namespace {

std::string json_of(const VerifyReport& report) {
  JsonText json;
  json.begin_object()
      .member("binaries", report.binaries)
      .member("versions", report.versions)
      .member("chunks", report.chunks)
      .member("bytes", report.bytes)
      .member("complete", report.complete)
      .member("damage_count", report.damage_count)
      .key("damages")
      .begin_array();
  for (const Damage& damage : report.damages) {
    json.begin_object();
    if (!damage.id.empty()) {
      json.member("id", damage.id);
    }
    if (damage.version != 0) {
      json.member("version", damage.version);
    }
    json.member("what", damage.what).end_object();
  }
  json.end_array().end_object();
  return json.str() + '\n';
}

std::string place_of(const Damage& damage) {
  if (damage.id.empty()) {
    return "store";
  }
  return damage.version == 0 ? "Binary/" + damage.id : reference_text(damage.id, damage.version);
}

std::string text_of(const VerifyReport& report) {
  std::string text;
  for (const Damage& damage : report.damages) {
    text += printable(place_of(damage) + ": " + damage.what) + '\n';
  }
  if (report.damage_count > report.damages.size()) {
    text += "and " + grouped(report.damage_count - report.damages.size()) + " more\n";
  }
  text += "checked " + counted(report.binaries, "Binary", "Binaries") + ", " +
          counted(report.versions, "version", "versions") + ", " +
          counted(report.chunks, "chunk", "chunks") + ", " + human_bytes(report.bytes) + ": ";
  text +=
      report.damage_count == 0 ? "no damage" : counted(report.damage_count, "damage", "damages");
  return text + (report.complete ? "\n" : "; ended early\n");
}

}  // namespace

ExitStatus run(const VerifyCommand& command, StandardOutput& out) {
  const StopSignals signals;
  Store store = open_for_reading(command.store);
  ProgressBar bar("verifying", command.json ? ProgressBar::Visibility::kNever
                                            : ProgressBar::Visibility::kIfTerminal);
  const VerifyReport report =
      take(store.verify({.on_progress = [&bar](const Progress& progress) { bar.update(progress); },
                         .stop = signals.token()}));
  bar.wipe();
  out.print(command.json ? json_of(report) : text_of(report));
  if (report.damage_count > 0) {
    return ExitStatus::kDamaged;
  }
  return report.complete ? ExitStatus::kDone : ExitStatus::kFailure;
}

}  // namespace fhirbin::tool
