#include "tools/command_parser.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "tools/command_options.h"
#include "tools/command_table.h"
#include "tools/failure.h"

// Each command is an App of its own rather than a subcommand: CLI11 would take a store named like a
// command for that command.

namespace fhirbin::tool {
namespace {

constexpr std::size_t kHelpColumn = 26;
constexpr std::size_t kTerminalColumns = 80;

// `text` in lines that fit beside the options on a terminal.
std::string wrapped(std::string_view text) {
  constexpr std::size_t kWidth = kTerminalColumns - kHelpColumn;
  std::string lines;
  while (text.size() > kWidth) {
    const std::size_t space = text.rfind(' ', kWidth);
    if (space == std::string_view::npos) {
      break;
    }
    lines += text.substr(0, space);
    lines += '\n';
    text.remove_prefix(space + 1);
  }
  return lines.append(text);
}

// CLI11 indents lines but does not make them.
void wrap_help(CLI::App& app) {
  app.get_formatter()->column_width(kHelpColumn);
  for (CLI::Option* const option : app.get_options()) {
    option->description(wrapped(option->get_description()));
  }
}

}  // namespace

template <class T>
Parsed parse_as(const CommandEntry& entry, Arguments arguments) {
  T command;
  const std::string name = "fhirbin " + std::string(entry.name);
  CLI::App app(std::string(entry.summary), name);
  app.footer("Example:\n  " + std::string(entry.example));
  bind(app, command);
  wrap_help(app);
  try {
    // CLI11 takes what is left to parse from the back.
    std::vector<std::string> reversed(arguments.begin(), arguments.end());
    std::ranges::reverse(reversed);
    app.parse(std::move(reversed));
  } catch (const CLI::CallForHelp&) {
    return Answer{.text = app.help()};
  } catch (const CLI::ParseError& error) {
    throw UsageFailure(std::string(error.what()) + "; see " + name + " --help");
  }
  return tool::Command(std::move(command));
}

template Parsed parse_as<InitCommand>(const CommandEntry&, Arguments);
template Parsed parse_as<PutCommand>(const CommandEntry&, Arguments);
template Parsed parse_as<GetCommand>(const CommandEntry&, Arguments);
template Parsed parse_as<ShowCommand>(const CommandEntry&, Arguments);
template Parsed parse_as<LsCommand>(const CommandEntry&, Arguments);
template Parsed parse_as<HistoryCommand>(const CommandEntry&, Arguments);
template Parsed parse_as<ChangesCommand>(const CommandEntry&, Arguments);
template Parsed parse_as<RmCommand>(const CommandEntry&, Arguments);
template Parsed parse_as<PurgeCommand>(const CommandEntry&, Arguments);
template Parsed parse_as<ExportCommand>(const CommandEntry&, Arguments);
template Parsed parse_as<StatCommand>(const CommandEntry&, Arguments);
template Parsed parse_as<DumpCommand>(const CommandEntry&, Arguments);
template Parsed parse_as<VerifyCommand>(const CommandEntry&, Arguments);
template Parsed parse_as<GcCommand>(const CommandEntry&, Arguments);
template Parsed parse_as<ServeCommand>(const CommandEntry&, Arguments);

}  // namespace fhirbin::tool
