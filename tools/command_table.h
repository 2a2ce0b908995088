#pragma once

#include <span>
#include <string_view>

#include "tools/command_parser.h"

namespace fhirbin::tool {

// What is said of a command in every help, and what reads its arguments.
struct CommandEntry {
  std::string_view name;
  std::string_view summary;
  std::string_view example;
  Parsed (*parse)(const CommandEntry& entry, Arguments arguments);
};

// All commands, in the order in which help lists them.
std::span<const CommandEntry> command_table() noexcept;

}  // namespace fhirbin::tool
