#pragma once

#include <cstdint>
#include <functional>
#include <vector>

namespace fhirbin::compare {

enum class Cores : std::uint8_t { kAll, kOne };

// What a child process found.
struct Measurement {
  std::vector<double> figures;
  double memory_mb = 0;  // most resident memory, beyond what was there when the work began
};

using Work = std::function<std::vector<double>()>;

// Runs `work` in a forked child, so that rows disturb neither each other's memory nor each other's
// caches inside a process. Throws what the child threw, as text.
Measurement measure_in_child(const Work& work, Cores cores = Cores::kAll);

// How many cores the calling thread may run on.
unsigned available_cores();

// Keeps the calling thread, and those it starts, on one core.
void stay_on_core(unsigned core);

}  // namespace fhirbin::compare
