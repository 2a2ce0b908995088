#pragma once

#include <string>
#include <utility>
#include <vector>

#include "bench/compare/suite.h"

namespace fhirbin::compare {

using Description = std::vector<std::pair<std::string, std::string>>;

// report.md: what people read. Plots are named by it, and made by plots.h.
std::string make_report(const Suite& suite, const Description& machine);

// results.json: everything, each sample included.
std::string make_results(const Suite& suite, const Description& machine);

}  // namespace fhirbin::compare
