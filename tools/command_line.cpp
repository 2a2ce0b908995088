#include "tools/command_line.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

#include "tools/failure.h"
#include "tools/json_text.h"
#include "tools/spelling.h"

// The only file that includes CLI11, which takes seconds to compile. Each command is an App of its
// own rather than a subcommand: CLI11 would take a store named like a command for that command.

namespace fhirbin::tool {
namespace {

void add_store(CLI::App& app, CommonOptions& command) {
  app.add_option("STORE", command.store, "The store's folder")->required()->type_name("");
  app.add_flag("--json", command.json, "Write JSON, errors too");
}

template <class T>
CLI::Option* add_text(CLI::App& app, const std::string& name, T& target,
                      const std::string& type_name, const std::string& description) {
  return app.add_option(name, target, description)->type_name(type_name);
}

// CLI11 would read -1 as the largest number and 010 as 8.
CLI::Validator number_from(std::uint64_t least) {
  return {[least](std::string& text) -> std::string {
            std::uint64_t number = 0;
            const char* const end = text.data() + text.size();
            const auto [stop, error] = std::from_chars(text.data(), end, number);
            const bool plain = text.size() == 1 || !text.starts_with('0');
            return error == std::errc{} && stop == end && plain && number >= least
                       ? ""
                       : "must be a number from " + std::to_string(least) + " on";
          },
          ""};
}

CLI::Option* add_number(CLI::App& app, const std::string& name, std::uint64_t& target,
                        const std::string& type_name, const std::string& description) {
  return app.add_option(name, target, description)->type_name(type_name)->check(number_from(0));
}

void add_paging(CLI::App& app, PagingOptions& paging) {
  add_text(app, "--since", paging.since, "T",
           "Only what was updated at or after T, such as 2026-11-22 or 2026-11-22T09:30:00Z");
  app.add_option("--limit", paging.limit, "At most N rows instead of all")
      ->type_name("N")
      ->check(number_from(1));
  add_text(app, "--page-token", paging.page_token, "TOKEN", "Go on where --limit ended a listing");
}

// An option that takes one of a few words; `read` says whether it knows the word.
void add_word(CLI::App& app, const std::string& name, const std::string& type_name,
              const std::string& words, std::function<bool(const std::string&)> read) {
  const auto read_or_refuse = [name, words, read = std::move(read)](const std::string& word) {
    if (!read(word)) {
      throw CLI::ValidationError(name, "must be " + words);
    }
  };
  app.add_option_function<std::string>(name, read_or_refuse, words)->type_name(type_name);
}

void bind(CLI::App& app, InitCommand& command) {
  add_store(app, command);
  add_word(app, "--fhir-version", "V", "DSTU2, STU3, R4 (the default), R4B or R5",
           [&command](const std::string& word) {
             const std::optional<FhirVersion> version = parse_fhir_version(word);
             command.fhir_version = version.value_or(command.fhir_version);
             return version.has_value();
           });
  app.add_flag("--no-history", command.no_history, "An update replaces the version before it");
  app.add_flag("--update-may-create", command.update_may_create,
               "put --id may create a Binary under an id of your choice");
}

void bind(CLI::App& app, PutCommand& command) {
  add_store(app, command);
  add_text(app, "FILE", command.file, "", "The content; standard input if left out or -");
  add_text(app, "--content-type", command.content_type, "T",
           "Media type of FILE; application/fhir+json is read as a FHIR resource")
      ->required();
  add_text(app, "--security-context", command.security_context, "R",
           "Reference such as Patient/17, kept with the Binary");
  add_text(app, "--id", command.id, "ID", "Update this Binary instead of creating one");
  add_text(app, "--if-match", command.if_match, "N", "Only if the current version is N");
  app.add_flag("--if-none-match", command.if_none_match, "Only if there is no such Binary yet");
}

void bind(CLI::App& app, GetCommand& command) {
  add_store(app, command);
  add_text(app, "ID[/N]", command.reference, "", "The Binary, or its version N")->required();
  add_text(app, "-o,--output", command.output, "FILE",
           "Write here; appears only when complete. - forces standard output");
  add_text(app, "--accept", command.accept, "T",
           "application/fhir+json gives the Binary resource; another type must fit the content");
  add_text(app, "--range", command.range, "A-B",
           "Only bytes A to B of the content, both included; A- to the end, -N the last N");
}

void bind(CLI::App& app, ShowCommand& command) {
  add_store(app, command);
  add_text(app, "ID[/N]", command.reference, "", "The Binary, or its version N")->required();
}

void bind(CLI::App& app, LsCommand& command) {
  add_store(app, command);
  app.add_flag("--deleted", command.deleted, "Deleted Binaries too");
  add_text(app, "--content-type", command.content_type, "T",
           "Only this media type; image/* works too");
  add_paging(app, command);
}

void bind(CLI::App& app, HistoryCommand& command) {
  add_store(app, command);
  add_text(app, "ID", command.id, "", "The Binary; all if left out");
  add_paging(app, command);
}

void bind(CLI::App& app, ChangesCommand& command) {
  add_store(app, command);
  add_number(app, "--after", command.after, "SEQ", "Only changes after this sequence number");
  app.add_flag("--follow", command.follow, "Wait for more until interrupted");
  app.add_flag("--notifications", command.notifications,
               "Write each change as a notification, one JSON object a line");
}

void bind(CLI::App& app, RmCommand& command) {
  add_store(app, command);
  add_text(app, "ID", command.id, "", "The Binary")->required();
  add_text(app, "--if-match", command.if_match, "N", "Only if the current version is N");
}

void bind(CLI::App& app, PurgeCommand& command) {
  add_store(app, command);
  add_text(app, "ID", command.id, "", "The Binary")->required();
  add_number(app, "--keep", command.keep, "N", "Keep the newest N versions (1)");
}

void bind(CLI::App& app, ExportCommand& command) {
  add_store(app, command);
  add_text(app, "-o,--output", command.output, "FILE",
           "Write here; appears only when complete. Standard output if left out or -");
  add_number(app, "--inline-limit", command.policy.inline_limit_bytes, "BYTES",
             "Leave out the data of Binaries larger than this (10485760)");
  add_word(app, "--measure", "M", "payload (the default) or serialized",
           [&command](const std::string& word) {
             command.policy.measure = word == "serialized" ? InlinePolicy::Measure::kSerialized
                                                           : InlinePolicy::Measure::kPayload;
             return word == "serialized" || word == "payload";
           });
  app.add_flag("--history", command.history, "Every version, not only the current ones");
  add_text(app, "--since", command.since, "T", "Only versions updated at or after T");
}

void bind(CLI::App& app, StatCommand& command) { add_store(app, command); }

void bind(CLI::App& app, DumpCommand& command) {
  add_store(app, command);
  add_text(app, "ID[/N]", command.reference, "",
           "The Binary, or its version N; the store itself if left out");
}

void bind(CLI::App& app, VerifyCommand& command) { add_store(app, command); }

void bind(CLI::App& app, GcCommand& command) { add_store(app, command); }

void bind(CLI::App& app, ServeCommand& command) {
  add_store(app, command);
  add_number(app, "--port", command.port, "P", "Port to listen on (8080); 0 takes a free one");
  add_text(app, "--address", command.address, "IP",
           "Address to listen on (127.0.0.1); others are reached by other machines, so they need "
           "--token-file");
  add_text(app, "--base-path", command.base_path, "PATH", "Where Binary hangs (/fhir)");
  add_text(app, "--token-file", command.token_file, "FILE",
           "Answer only who sends the token in FILE: Authorization: Bearer ...");
  add_text(app, "--allow-origin", command.allowed_origin, "ORIGIN",
           "Web pages of ORIGIN may call; * allows all (none)");
  add_text(app, "--access-log", command.access_log, "FILE",
           "Append a line for each request, without ids and values; - is standard error");
  app.add_flag("--log-targets", command.log_targets, "With ids and values after all");
  app.add_flag("--return-resource", command.return_resource,
               "Answer writes with the resource, for clients that cannot take an empty answer");
  app.add_flag("--json-is-fhir", command.accept_plain_json,
               "Take application/json as FHIR where the body is a Binary");
  app.add_flag("--require-if-match", command.require_if_match,
               "Refuse updates and deletions without If-Match");
  add_number(app, "--max-connections", command.max_connections, "N", "Connections at a time (256)");
  add_number(app, "--idle-timeout", command.idle_timeout_seconds, "SECONDS",
             "End a connection without traffic after this long (60)");
  add_number(app, "--header-timeout", command.header_timeout_seconds, "SECONDS",
             "Longest that a request's headers may take (30)");
  add_number(app, "--min-rate", command.min_body_rate, "BYTES",
             "Cut off a body that brings less than this per second on average (1024), judged after "
             "the time for the headers has passed once more");
}

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

using Arguments = std::span<const char* const>;
using Parsed = std::variant<tool::Command, Answer>;

struct CommandEntry {
  std::string_view name;
  std::string_view summary;
  std::string_view example;
  Parsed (*parse)(const CommandEntry& entry, Arguments arguments);
};

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

constexpr std::array kCommands{
    CommandEntry{.name = "init",
                 .summary = "Create a store",
                 .example = "fhirbin init clinic.fhirbin --fhir-version R4",
                 .parse = parse_as<InitCommand>},
    CommandEntry{.name = "put",
                 .summary = "Store content as a new Binary, or as its next version",
                 .example = "fhirbin put clinic.fhirbin scan.dcm --content-type application/dicom",
                 .parse = parse_as<PutCommand>},
    CommandEntry{.name = "get",
                 .summary = "Read content, whole or a range, or the Binary resource",
                 .example = "fhirbin get clinic.fhirbin scan-17/2 --range 0-1023 -o head.bin",
                 .parse = parse_as<GetCommand>},
    CommandEntry{.name = "show",
                 .summary = "Tell what is known of a version",
                 .example = "fhirbin show clinic.fhirbin scan-17 --json",
                 .parse = parse_as<ShowCommand>},
    CommandEntry{.name = "ls",
                 .summary = "List Binaries",
                 .example = "fhirbin ls clinic.fhirbin --content-type 'image/*'",
                 .parse = parse_as<LsCommand>},
    CommandEntry{.name = "history",
                 .summary = "List versions, newest first",
                 .example = "fhirbin history clinic.fhirbin scan-17",
                 .parse = parse_as<HistoryCommand>},
    CommandEntry{.name = "changes",
                 .summary = "List changes in the order they were made, or follow them",
                 .example = "fhirbin changes clinic.fhirbin --after 120 --follow",
                 .parse = parse_as<ChangesCommand>},
    CommandEntry{.name = "rm",
                 .summary = "Delete a Binary; its versions stay readable",
                 .example = "fhirbin rm clinic.fhirbin scan-17 --if-match 2",
                 .parse = parse_as<RmCommand>},
    CommandEntry{.name = "purge",
                 .summary = "Drop old versions of a Binary",
                 .example = "fhirbin purge clinic.fhirbin scan-17 --keep 3",
                 .parse = parse_as<PurgeCommand>},
    CommandEntry{.name = "export",
                 .summary = "Write all Binaries as NDJSON",
                 .example = "fhirbin export clinic.fhirbin -o clinic.ndjson --inline-limit 1048576",
                 .parse = parse_as<ExportCommand>},
    CommandEntry{.name = "stat",
                 .summary = "Count and measure the store",
                 .example = "fhirbin stat clinic.fhirbin",
                 .parse = parse_as<StatCommand>},
    CommandEntry{.name = "dump",
                 .summary = "Show the physical structure of the store or of a version",
                 .example = "fhirbin dump clinic.fhirbin scan-17/2",
                 .parse = parse_as<DumpCommand>},
    CommandEntry{.name = "verify",
                 .summary = "Read and check everything that is stored",
                 .example = "fhirbin verify clinic.fhirbin",
                 .parse = parse_as<VerifyCommand>},
    CommandEntry{.name = "gc",
                 .summary = "Give the space of purged content back",
                 .example = "fhirbin gc clinic.fhirbin",
                 .parse = parse_as<GcCommand>},
    CommandEntry{.name = "serve",
                 .summary = "Answer FHIR REST requests on the loopback until interrupted",
                 .example = "fhirbin serve clinic.fhirbin --port 8080 --access-log -",
                 .parse = parse_as<ServeCommand>},
};

std::string first_screen() {
  std::string text =
      "fhirbin stores FHIR Binary resources, each with every version it had.\n\n"
      "Usage: fhirbin COMMAND STORE [ARGUMENTS] [--json]\n\n"
      "  fhirbin init clinic.fhirbin\n"
      "  fhirbin put clinic.fhirbin scan.dcm --content-type application/dicom\n"
      "  fhirbin get clinic.fhirbin ID -o copy.dcm\n\n"
      "Commands:\n";
  for (const CommandEntry& entry : kCommands) {
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
  std::array<std::string_view, kCommands.size()> names;
  std::ranges::transform(kCommands, names.begin(), &CommandEntry::name);
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
  const auto* const entry = std::ranges::find(kCommands, name, &CommandEntry::name);
  if (entry == kCommands.end()) {
    refuse_command(name);
  }
  rest.erase(rest.begin());
  if (json) {
    rest.insert(rest.begin(), "--json");
  }
  return entry->parse(*entry, rest);
}

}  // namespace fhirbin::tool
