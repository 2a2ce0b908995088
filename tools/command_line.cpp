#include "tools/command_line.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "tools/command_table.h"
#include "tools/failure.h"
#include "tools/json_text.h"
#include "tools/spelling.h"

namespace fhirbin::tool {
namespace {

std::string first_screen() {
  std::string text =
      "fhirbin stores FHIR Binary resources, each with every version it had.\n\n"
      "Usage: fhirbin COMMAND STORE [ARGUMENTS] [--json]\n\n"
      "  fhirbin init clinic.fhirbin\n"
      "  fhirbin put clinic.fhirbin scan.dcm --content-type application/dicom\n"
      "  fhirbin get clinic.fhirbin ID -o copy.dcm\n\n"
      "Commands:\n";
  for (const CommandEntry& entry : command_table()) {
    text += "  " + std::string(entry.name) + std::string(10 - entry.name.size(), ' ') +
            std::string(entry.summary) + '\n';
  }
  return text + "\nfhirbin COMMAND --help tells more; fhirbin --version tells versions.\n";
}

#ifdef __clang__
constexpr std::string_view kCompiler = __VERSION__;
#else
constexpr std::string_view kCompiler = "g++ " __VERSION__;
#endif

std::string version_text(bool json) {
  if (json) {
    JsonText text;
    text.begin_object()
        .member("fhirbin", FHIRBIN_VERSION)
        .member("built_with", FHIRBIN_BUILT_WITH)
        .member("compiler", kCompiler)
        .end_object();
    return text.str() + '\n';
  }
  return "fhirbin " FHIRBIN_VERSION "\nbuilt with " FHIRBIN_BUILT_WITH "\ncompiled by " +
         std::string(kCompiler) + '\n';
}

[[noreturn]] void refuse_command(std::string_view name) {
  std::vector<std::string_view> names;
  for (const CommandEntry& entry : command_table()) {
    names.push_back(entry.name);
  }
  std::string message = "unknown command '" + std::string(name) + "'";
  if (const std::string_view nearest = nearest_word(name, names); !nearest.empty()) {
    message += "; did you mean '" + std::string(nearest) + "'?";
  } else {
    message += "; see fhirbin --help";
  }
  throw UsageFailure(message);
}

}  // namespace

bool wants_json(Arguments arguments) {
  return std::ranges::any_of(arguments,
                             [](std::string_view argument) { return argument == "--json"; });
}

Parsed parse_command_line(Arguments arguments) {
  std::vector<const char*> rest(arguments.begin(), arguments.end());
  if (rest.empty()) {
    return Answer{.text = first_screen(), .status = ExitStatus::kUsage};
  }
  // --json may also come before the command.
  bool json = false;
  while (!rest.empty() && std::string_view(rest.front()).starts_with('-')) {
    const std::string_view option = rest.front();
    rest.erase(rest.begin());
    if (option == "--json") {
      json = true;
    } else if (option == "-h" || option == "--help") {
      return Answer{.text = first_screen()};
    } else if (option == "--version") {
      return Answer{.text = version_text(wants_json(arguments))};
    } else {
      throw UsageFailure("unknown option '" + std::string(option) + "'; see fhirbin --help");
    }
  }
  if (rest.empty()) {
    throw UsageFailure("a command is missing; see fhirbin --help");
  }
  const std::string_view name = rest.front();
  const std::span<const CommandEntry> commands = command_table();
  const auto entry = std::ranges::find(commands, name, &CommandEntry::name);
  if (entry == commands.end()) {
    refuse_command(name);
  }
  rest.erase(rest.begin());
  if (json) {
    rest.insert(rest.begin(), "--json");
  }
  return entry->parse(*entry, rest);
}

}  // namespace fhirbin::tool
