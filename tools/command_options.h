#pragma once

#include "tools/options.h"

namespace CLI {
class App;
}

namespace fhirbin::tool {

// One function for each command: gives `app` the arguments and options that fill `command`.
void bind(CLI::App& app, InitCommand& command);
void bind(CLI::App& app, PutCommand& command);
void bind(CLI::App& app, GetCommand& command);
void bind(CLI::App& app, ShowCommand& command);
void bind(CLI::App& app, LsCommand& command);
void bind(CLI::App& app, HistoryCommand& command);
void bind(CLI::App& app, ChangesCommand& command);
void bind(CLI::App& app, RmCommand& command);
void bind(CLI::App& app, PurgeCommand& command);
void bind(CLI::App& app, ExportCommand& command);
void bind(CLI::App& app, StatCommand& command);
void bind(CLI::App& app, DumpCommand& command);
void bind(CLI::App& app, VerifyCommand& command);
void bind(CLI::App& app, GcCommand& command);
void bind(CLI::App& app, ServeCommand& command);

}  // namespace fhirbin::tool
