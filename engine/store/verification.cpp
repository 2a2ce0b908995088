#include "engine/store/verification.h"

#include <cstddef>
#include <utility>

namespace fhirbin::store {
namespace {

constexpr std::size_t kMaxListedDamages = 1000;

}  // namespace

void Verification::note(std::string id, std::uint64_t version, std::string what) {
  ++report_.damage_count;
  if (report_.damages.size() < kMaxListedDamages) {
    report_.damages.push_back({.id = std::move(id), .version = version, .what = std::move(what)});
  }
}

bool Verification::stop() {
  stopped_ = stopped_ || control_->stop.stop_requested();
  return stopped_;
}

void Verification::tell_progress() const {
  if (control_->on_progress) {
    control_->on_progress(
        {.items_done = report_.chunks + report_.versions, .bytes_done = report_.bytes});
  }
}

VerifyReport Verification::take_report(bool complete) {
  report_.complete = complete;
  return std::move(report_);
}

}  // namespace fhirbin::store
