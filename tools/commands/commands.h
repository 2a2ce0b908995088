#pragma once

#include "tools/exit_status.h"
#include "tools/options.h"
#include "tools/standard_output.h"

namespace fhirbin::tool {

// One function for each command: does what the command says and writes the result to `out`.
// All throw Failure or UsageFailure.
ExitStatus run(const InitCommand& command, StandardOutput& out);
ExitStatus run(const PutCommand& command, StandardOutput& out);
ExitStatus run(const GetCommand& command, StandardOutput& out);
ExitStatus run(const ShowCommand& command, StandardOutput& out);
ExitStatus run(const LsCommand& command, StandardOutput& out);
ExitStatus run(const HistoryCommand& command, StandardOutput& out);
ExitStatus run(const ChangesCommand& command, StandardOutput& out);
ExitStatus run(const RmCommand& command, StandardOutput& out);
ExitStatus run(const PurgeCommand& command, StandardOutput& out);
ExitStatus run(const ExportCommand& command, StandardOutput& out);
ExitStatus run(const StatCommand& command, StandardOutput& out);
ExitStatus run(const DumpCommand& command, StandardOutput& out);
ExitStatus run(const VerifyCommand& command, StandardOutput& out);
ExitStatus run(const GcCommand& command, StandardOutput& out);
ExitStatus run(const ServeCommand& command, StandardOutput& out);

}  // namespace fhirbin::tool
