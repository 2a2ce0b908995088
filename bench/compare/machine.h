#pragma once

#include <string>
#include <utility>
#include <vector>

#include "bench/compare/files.h"

namespace fhirbin::compare {

// What figures depend on: names and values, for people.
std::vector<std::pair<std::string, std::string>> describe_machine(const Path& data_folder);

}  // namespace fhirbin::compare
