#include "fhirbin/store.h"
#include "tools/commands/commands.h"
#include "tools/failure.h"
#include "tools/json_text.h"
#include "tools/utf8.h"

namespace fhirbin::tool {

ExitStatus run(const InitCommand& command, StandardOutput& out) {
  const CreateOptions options{.fhir_version = command.fhir_version,
                              .keep_history = !command.no_history,
                              .update_may_create = command.update_may_create};
  const Store store = take(Store::create(command.store, options));
  const std::string_view version = fhir_version_name(store.fhir_version());
  if (command.json) {
    JsonText json;
    json.begin_object()
        .member("store", command.store.native())
        .member("fhir_version", version)
        .member("history", options.keep_history)
        .member("update_may_create", options.update_may_create)
        .end_object();
    out.print(json.str() + '\n');
  } else {
    out.print("created " + printable(command.store.native()) + ", FHIR " + std::string(version) +
              '\n');
  }
  return ExitStatus::kDone;
}

}  // namespace fhirbin::tool
