#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>

namespace fhirbin {

// How far a long call has come. Totals are 0 where they are not known beforehand.
struct Progress {
  std::uint64_t items_done = 0;
  std::uint64_t items_total = 0;
  std::uint64_t bytes_done = 0;
  std::uint64_t bytes_total = 0;
};

// Watching and stopping a long call. `on_progress` runs on the calling thread, under no lock that
// readers or writers wait for; it may not call the same Store's writing functions or
// collect_garbage(). `stop` ends the call with kCancelled.
struct CallControl {
  std::function<void(const Progress&)> on_progress = {};
  std::stop_token stop = {};
};

}  // namespace fhirbin
