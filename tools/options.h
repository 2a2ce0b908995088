#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <variant>

#include "fhirbin/fhir_version.h"
#include "fhirbin/options.h"

// What was typed, one plain struct for each command. Ids, versions, ranges, instants and media
// types stay text here: a bad one is invalid input (6), not a usage error (2), and the command
// finds out.

namespace fhirbin::tool {

struct CommonOptions {
  std::filesystem::path store;
  bool json = false;
};

struct InitCommand : CommonOptions {
  FhirVersion fhir_version = FhirVersion::kR4;
  bool no_history = false;
  bool update_may_create = false;
};

struct PutCommand : CommonOptions {
  std::string file;  // empty or "-": standard input
  std::string content_type;
  std::string security_context;
  std::optional<std::string> id;
  std::optional<std::string> if_match;
  bool if_none_match = false;
};

struct GetCommand : CommonOptions {
  std::string reference;  // ID[/N]
  std::string output;     // empty: standard output; "-": the same, a terminal too
  std::optional<std::string> accept;
  std::optional<std::string> range;
};

struct ShowCommand : CommonOptions {
  std::string reference;
};

struct PagingOptions {
  std::optional<std::string> since;
  std::optional<std::uint64_t> limit;  // nullopt: all pages
  std::string page_token;
};

struct LsCommand : CommonOptions, PagingOptions {
  bool deleted = false;
  std::string content_type;
};

struct HistoryCommand : CommonOptions, PagingOptions {
  std::optional<std::string> id;
};

struct ChangesCommand : CommonOptions {
  std::uint64_t after = 0;
  bool follow = false;
  bool notifications = false;
};

struct RmCommand : CommonOptions {
  std::string id;
  std::optional<std::string> if_match;
};

struct PurgeCommand : CommonOptions {
  std::string id;
  std::uint64_t keep = 1;
};

struct ExportCommand : CommonOptions {
  std::string output;
  InlinePolicy policy;
  bool history = false;
  std::optional<std::string> since;
};

struct StatCommand : CommonOptions {};

struct DumpCommand : CommonOptions {
  std::optional<std::string> reference;
};

struct VerifyCommand : CommonOptions {};

struct GcCommand : CommonOptions {};

struct ServeCommand : CommonOptions {
  std::string address = "127.0.0.1";
  std::uint64_t port = 8080;
  std::string base_path = "/fhir";
  std::optional<std::string> token_file;
  std::optional<std::string> allowed_origin;
  std::optional<std::string> access_log;  // "-": standard error
  bool log_targets = false;
  bool return_resource = false;
  bool accept_plain_json = false;
  bool require_if_match = false;
  std::uint64_t max_connections = 256;
  std::uint64_t idle_timeout_seconds = 60;
  std::uint64_t header_timeout_seconds = 30;
  std::uint64_t min_body_rate = 1024;  // bytes per second
};

using Command = std::variant<InitCommand, PutCommand, GetCommand, ShowCommand, LsCommand,
                             HistoryCommand, ChangesCommand, RmCommand, PurgeCommand, ExportCommand,
                             StatCommand, DumpCommand, VerifyCommand, GcCommand, ServeCommand>;

}  // namespace fhirbin::tool
