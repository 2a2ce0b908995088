#pragma once

#include <span>
#include <string>
#include <variant>

#include "tools/exit_status.h"
#include "tools/options.h"

namespace fhirbin::tool {

// A command line that is answered without running a command: help and version, on standard output,
// or with kUsage on standard error where nothing was asked for.
struct Answer {
  std::string text;
  ExitStatus status = ExitStatus::kDone;
};

// Reads the arguments after the program's name. Throws UsageFailure.
std::variant<Command, Answer> parse_command_line(std::span<const char* const> arguments);

// Whether `arguments` ask for JSON, even where they are otherwise wrong.
bool wants_json(std::span<const char* const> arguments);

}  // namespace fhirbin::tool
