#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace fhirbin::compare {

// The same figure, measured again and again.
struct Series {
  std::vector<double> samples;

  bool empty() const { return samples.empty(); }

  // The sample below which `share` (0 to 1) of them lie.
  double quantile(double share) const {
    if (samples.empty()) {
      return 0;
    }
    std::vector<double> sorted = samples;
    std::ranges::sort(sorted);
    const auto index = static_cast<std::size_t>(share * static_cast<double>(sorted.size()));
    return sorted[std::min(index, sorted.size() - 1)];
  }

  double median() const { return quantile(0.5); }
  double least() const { return quantile(0); }
  double most() const { return quantile(1); }
};

}  // namespace fhirbin::compare
