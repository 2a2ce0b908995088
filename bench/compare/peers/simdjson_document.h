#pragma once

#include "bench/compare/files.h"

namespace fhirbin::compare {

// What an application does without us: loads the document, lets simdjson parse all of it, decodes
// the data by the packaged codec and stores it in 1 MiB rows of SQLite. MB/s over `payload_bytes`.
double create_with_simdjson(const Path& folder, const Path& document, std::uint64_t payload_bytes);

}  // namespace fhirbin::compare
