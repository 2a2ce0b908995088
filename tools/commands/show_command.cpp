#include "tools/commands/commands.h"
#include "tools/failure.h"
#include "tools/json_text.h"
#include "tools/opened_store.h"
#include "tools/version_reference.h"
#include "tools/version_text.h"

namespace fhirbin::tool {

ExitStatus run(const ShowCommand& command, StandardOutput& out) {
  const VersionReference reference = take(parse_version_reference(command.reference));
  Store store = open_for_reading(command.store);
  const VersionInfo info = take(reference.version ? store.version(reference.id, *reference.version)
                                                  : store.head(reference.id));
  if (command.json) {
    JsonText json;
    append_json(json, info);
    out.print(json.str() + '\n');
  } else {
    out.print(fields_of(info).str());
  }
  return ExitStatus::kDone;
}

}  // namespace fhirbin::tool
