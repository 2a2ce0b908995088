#include "bench/compare/row.h"

namespace fhirbin::compare {
namespace {

bool reaches(Sense sense, double measured, double wanted) {
  return sense == Sense::kAtLeast ? measured >= wanted : measured <= wanted;
}

}  // namespace

double Row::measured() const {
  if (theirs.empty()) {
    return ours.median();
  }
  return theirs.median() == 0 ? 0 : ours.median() / theirs.median();
}

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
