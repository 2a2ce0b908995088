#include "tools/commands/commands.h"
#include "tools/failure.h"
#include "tools/json_text.h"
#include "tools/opened_store.h"
#include "tools/version_reference.h"
#include "tools/version_text.h"

namespace fhirbin::tool {

ExitStatus run(const RmCommand& command, StandardOutput& out) {
  const std::string id = take(parse_id(command.id));
  const RemoveOptions options{.if_match = version_number_of(command.if_match)};
  Store store = open_for_writing(command.store);
  const std::optional<VersionInfo> deletion = take(store.remove(id, options));
  if (command.json) {
    JsonText json;
    if (deletion) {
      append_json(json, *deletion);
    } else {
      json.begin_object().member("deleted", false).end_object();
    }
    out.print(json.str() + '\n');
  } else {
    out.print((deletion ? reference_text(*deletion) : "nothing to delete") + '\n');
  }
  return ExitStatus::kDone;
}

}  // namespace fhirbin::tool
