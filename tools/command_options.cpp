#include "tools/command_options.h"

#include <charconv>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include <CLI/CLI.hpp>

// CLI11 takes seconds to compile, so only this file and command_parser include it.

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

}  // namespace

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

}  // namespace fhirbin::tool
