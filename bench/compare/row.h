#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "bench/compare/series.h"

namespace fhirbin::compare {

enum class Sense : std::uint8_t { kAtLeast, kAtMost };

// What is asked of a row.
struct Goal {
  Sense sense = Sense::kAtLeast;
  std::optional<double> floor = {};
  std::optional<double> aim = {};
};

enum class Verdict : std::uint8_t { kMetAim, kMetFloor, kBelowFloor, kNoGoal, kSkipped, kFailed };

// One line of the comparison: a work, us, and the peer or limit beside us.
struct Row {
  std::string name = {};     // for --row
  std::string work = {};     // what both sides did
  std::string against = {};  // the peer or limit; empty where the figure stands for itself
  std::string unit = {};     // of both figures
  Goal goal = {};            // for the ratio, or for our figure where there is no other
  Series ours = {};
  Series theirs = {};
  double our_memory_mb = 0;  // most resident memory while at it, beyond what was there before
  double their_memory_mb = 0;
  std::string skipped = {};  // why there is no figure, where there cannot be one
  std::string failure = {};  // why there is no figure, where there should be one

  // Our figure over theirs: round by round, where both have all rounds.
  Series ratios() const;
  // What the goal is about: the median ratio, or our figure where there is no other.
  double measured() const;
  Verdict verdict() const;
};

const char* verdict_name(Verdict verdict);

}  // namespace fhirbin::compare
