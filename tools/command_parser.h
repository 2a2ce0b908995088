#pragma once

#include <span>
#include <variant>

#include "tools/command_line.h"
#include "tools/options.h"

namespace fhirbin::tool {

struct CommandEntry;

using Arguments = std::span<const char* const>;
using Parsed = std::variant<Command, Answer>;

// Reads the arguments behind a command's name as the command T. Throws UsageFailure.
template <class T>
Parsed parse_as(const CommandEntry& entry, Arguments arguments);

}  // namespace fhirbin::tool
