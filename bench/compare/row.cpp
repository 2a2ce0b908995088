#include "bench/compare/row.h"

namespace fhirbin::compare {
namespace {

bool reaches(Sense sense, double measured, double wanted) {
  return sense == Sense::kAtLeast ? measured >= wanted : measured <= wanted;
}

}  // namespace

Series Row::ratios() const {
  Series ratios;
  if (ours.samples.size() != theirs.samples.size()) {
    if (!ours.empty() && !theirs.empty()) {
      ratios.samples.push_back(ours.median() / theirs.median());
    }
    return ratios;
  }
  for (std::size_t i = 0; i < ours.samples.size(); ++i) {
    ratios.samples.push_back(ours.samples[i] / theirs.samples[i]);
  }
  return ratios;
}

double Row::measured() const { return theirs.empty() ? ours.median() : ratios().median(); }

Verdict Row::verdict() const {
  if (!skipped.empty()) {
    return Verdict::kSkipped;
  }
  if (!failure.empty() || ours.empty()) {
    return Verdict::kFailed;
  }
  if (goal.aim && reaches(goal.sense, measured(), *goal.aim)) {
    return Verdict::kMetAim;
  }
  if (goal.floor && !reaches(goal.sense, measured(), *goal.floor)) {
    return Verdict::kBelowFloor;
  }
  return goal.floor ? Verdict::kMetFloor : Verdict::kNoGoal;
}

const char* verdict_name(Verdict verdict) {
  switch (verdict) {
    case Verdict::kMetAim:
      return "met aim";
    case Verdict::kMetFloor:
      return "met floor";
    case Verdict::kBelowFloor:
      return "below floor";
    case Verdict::kNoGoal:
      return "-";
    case Verdict::kSkipped:
      return "skipped";
    case Verdict::kFailed:
      return "failed";
  }
  return "";
}

}  // namespace fhirbin::compare
