#pragma once

#include <string>
#include <vector>

#include "bench/compare/suite.h"

namespace fhirbin::compare {

// A program for gnuplot, its data included; it writes NAME.svg where it is run.
struct Plot {
  std::string name;
  std::string title;
  std::string program;
};

std::vector<Plot> make_plots(const Suite& suite);

}  // namespace fhirbin::compare
