#include <iostream>
#include <memory>

#include <unistd.h>

#include "tools/commands/commands.h"
#include "tools/counted_streams.h"
#include "tools/failure.h"
#include "tools/json_text.h"
#include "tools/opened_store.h"
#include "tools/progress_bar.h"
#include "tools/version_reference.h"
#include "tools/version_text.h"

namespace fhirbin::tool {
namespace {

std::unique_ptr<Source> open_source(const std::string& file) {
  if (!file.empty() && file != "-") {
    return file_source(file);
  }
  if (file.empty() && ::isatty(STDIN_FILENO) == 1) {
    std::cerr << "Reading the content from the terminal; Ctrl-D ends it.\n";
  }
  return descriptor_source(STDIN_FILENO);
}

}  // namespace

// No stop signals here: a put that is killed leaves no trace, and one that waits for standard input
// could not be ended by a token.
ExitStatus run(const PutCommand& command, StandardOutput& out) {
  if (!command.id && (command.if_match || command.if_none_match)) {
    throw UsageFailure("--if-match and --if-none-match need --id");
  }
  const ContentInfo content{.content_type = command.content_type,
                            .security_context = command.security_context};
  const WriteOptions options{.if_match = version_number_of(command.if_match),
                             .if_none_match = command.if_none_match};
  const std::string id = command.id ? take(parse_id(*command.id)) : std::string();

  Store store = open_for_writing(command.store);
  ProgressBar bar("storing", command.json ? ProgressBar::Visibility::kNever
                                          : ProgressBar::Visibility::kIfTerminal);
  CountedSource source(open_source(command.file), bar);
  const VersionInfo info = take(command.id ? store.update(id, source, content, options)
                                           : store.create(source, content, options));
  bar.wipe();
  if (command.json) {
    JsonText json;
    append_json(json, info);
    out.print(json.str() + '\n');
  } else {
    out.print(reference_text(info) + '\n');
  }
  return ExitStatus::kDone;
}

}  // namespace fhirbin::tool
