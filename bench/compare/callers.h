#pragma once

#include <exception>
#include <thread>
#include <vector>

namespace fhirbin::compare {

// Runs `work(caller)` in `count` threads and waits for all; what one throws is thrown here.
template <class Work>
void run_callers(unsigned count, const Work& work) {
  std::vector<std::exception_ptr> failures(count);
  {
    std::vector<std::jthread> threads;
    threads.reserve(count);
    for (unsigned caller = 0; caller < count; ++caller) {
      threads.emplace_back([&, caller] {
        try {
          work(caller);
        } catch (...) {
          failures[caller] = std::current_exception();
        }
      });
    }
  }
  for (const std::exception_ptr& failure : failures) {
    if (failure) {
      std::rethrow_exception(failure);
    }
  }
}

}  // namespace fhirbin::compare
