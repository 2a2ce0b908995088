#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "fhirbin/progress.h"

namespace fhirbin::tool {

// One line on standard error that tells how far a long call has come. Shown only where standard
// error is a terminal, redrawn at most ten times a second, never wider than the terminal, and wiped
// at the end. Thread-compatible.
class ProgressBar {
 public:
  enum class Visibility : std::uint8_t { kIfTerminal, kNever };

  explicit ProgressBar(std::string_view label, Visibility visibility);
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;
  ~ProgressBar() { wipe(); }

  void update(const Progress& progress);

  // Takes the line away, before other text is written to the terminal.
  void wipe();

 private:
  using Clock = std::chrono::steady_clock;

  std::string label_;
  bool visible_;
  bool drawn_ = false;
  Clock::time_point started_;
  Clock::time_point next_draw_;
};

// The line for `progress` after `elapsed`, in at most `columns` characters.
std::string progress_line(std::string_view label, const Progress& progress,
                          std::chrono::milliseconds elapsed, std::size_t columns);

}  // namespace fhirbin::tool
