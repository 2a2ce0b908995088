#include <chrono>

#include "tools/commands/commands.h"
#include "tools/failure.h"
#include "tools/json_text.h"
#include "tools/opened_store.h"
#include "tools/stop_signals.h"
#include "tools/text_table.h"
#include "tools/version_reference.h"

namespace fhirbin::tool {
namespace {

constexpr std::uint32_t kPageChanges = 1000;
// How soon a follower notices that nobody reads its output any more.
constexpr std::chrono::milliseconds kWaitSlice{500};

std::string_view action_name(ChangeAction action) {
  switch (action) {
    case ChangeAction::kCreate:
      return "create";
    case ChangeAction::kUpdate:
      return "update";
    case ChangeAction::kDelete:
      return "delete";
    case ChangeAction::kPurge:
      return "purge";
  }
  return "unknown";
}

std::string json_line(const Change& change) {
  JsonText json;
  json.begin_object()
      .member("sequence", change.sequence)
      .member("action", action_name(change.action))
      .member("reference", reference_text(change.id, change.version))
      .member("id", change.id)
      .member("version", change.version)
      .member("last_updated", format_instant(change.last_updated))
      .end_object();
  return json.str() + '\n';
}

// Writes changes in one of the three forms.
class ChangeWriter {
 public:
  ChangeWriter(const ChangesCommand& command, Store& store, StandardOutput& out)
      : command_(command),
        store_(store),
        out_(out),
        table_({{"SEQUENCE", Align::kRight},
                {"ACTION"},
                {"ID"},
                {"VERSION", Align::kRight},
                {"UPDATED"}}) {}

  void write(const std::vector<Change>& changes) {
    for (const Change& change : changes) {
      if (command_.notifications) {
        check(store_.write_notification(change, out_));
        out_.print("\n");
      } else if (command_.json) {
        out_.print(json_line(change));
      } else {
        table_.add_row({std::to_string(change.sequence), std::string(action_name(change.action)),
                        change.id, std::to_string(change.version),
                        format_instant(change.last_updated)});
      }
    }
    out_.print(table_.take_batch());
    check(out_.flush());
  }

 private:
  const ChangesCommand& command_;
  Store& store_;
  StandardOutput& out_;
  TextTable table_;
};

}  // namespace

ExitStatus run(const ChangesCommand& command, StandardOutput& out) {
  const StopSignals signals;
  Store store = open_for_reading(command.store);
  ChangeWriter writer(command, store, out);
  std::uint64_t cursor = command.after;
  // Following ends by a signal, which is how it is meant to end, or when its reader has gone.
  while (!signals.requested()) {
    const ChangePage page = take(store.changes(cursor, kPageChanges));
    writer.write(page.changes);
    cursor = page.last_sequence;
    if (page.changes.empty()) {
      if (!command.follow || out.reader_has_gone()) {
        break;
      }
      (void)take(store.wait_for_change(cursor, kWaitSlice, signals.token()));
    }
  }
  return ExitStatus::kDone;
}

}  // namespace fhirbin::tool
