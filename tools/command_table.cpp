#include "tools/command_table.h"

#include <array>

namespace fhirbin::tool {
namespace {

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

}  // namespace

std::span<const CommandEntry> command_table() noexcept { return kCommands; }

}  // namespace fhirbin::tool
