#pragma once

#include <chrono>
#include <cstdint>

namespace fhirbin::compare {

// Seconds since it was made.
class Stopwatch {
 public:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

// Runs `work` and tells its speed in MB/s (10^6 bytes) over `bytes`.
template <class Work>
double megabytes_per_second(std::uint64_t bytes, Work&& work) {
  const Stopwatch watch;
  work();
  return static_cast<double>(bytes) / 1e6 / watch.seconds();
}

// Runs `work` and tells how many of its `count` operations fit into a second.
template <class Work>
double operations_per_second(std::uint64_t count, Work&& work) {
  const Stopwatch watch;
  work();
  return static_cast<double>(count) / watch.seconds();
}

// Runs `work` and tells how long it took, in milliseconds.
template <class Work>
double milliseconds(Work&& work) {
  const Stopwatch watch;
  work();
  return watch.seconds() * 1e3;
}

}  // namespace fhirbin::compare
