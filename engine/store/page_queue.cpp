#include "engine/store/page_queue.h"

#include <algorithm>
#include <utility>

namespace fhirbin::store {
namespace {

// Chunks on their way, counted in decoded bytes: enough for every worker and the writer to stay
// busy. Shared by all pipelines of a store; each may always have one chunk.
constexpr std::uint64_t kMaxQueuedBytes = 8U << 20;
// Buffers kept for the next chunk.
constexpr std::size_t kMaxSpare = 8;

}  // namespace

std::unique_ptr<PageJob> PageQueue::take_spare() {
  {
    const MutexLock lock(mutex_);
    if (!spare_.empty()) {
      std::unique_ptr<PageJob> job = std::move(spare_.back());
      spare_.pop_back();
      return job;
    }
  }
  return std::make_unique<PageJob>();
}

Result<void> PageQueue::push(ByteSpan raw, const Hash128& hash) {
  std::unique_ptr<PageJob> job = take_spare();
  job->raw.assign(raw.begin(), raw.end());
  job->hash = hash;
  job->state = PageJob::State::kWaiting;
  job->shared_id = 0;
  MutexLock lock(mutex_);
  while (!error_ && queued_bytes_ != 0 &&
         queued_bytes_ + raw.size() > share_->of(kMaxQueuedBytes, 1)) {
    lock.wait(changed_);
  }
  if (error_) {
    return std::unexpected<Error>(*error_);
  }
  queued_bytes_ += raw.size();
  jobs_.push_back(std::move(job));
  changed_.notify_all();
  return {};
}

Result<void> PageQueue::finish() {
  MutexLock lock(mutex_);
  ended_ = true;
  changed_.notify_all();
  while (!error_ && !written_) {
    lock.wait(changed_);
  }
  if (error_) {
    return std::unexpected<Error>(*error_);
  }
  return {};
}

PageJob* PageQueue::take_waiting() {
  MutexLock lock(mutex_);
  while (!stopping_ && !written_) {
    const auto waiting = std::ranges::find(jobs_, PageJob::State::kWaiting,
                                           [](const auto& candidate) { return candidate->state; });
    if (waiting != jobs_.end()) {
      (*waiting)->state = PageJob::State::kTaken;
      return waiting->get();
    }
    if (ended_) {
      return nullptr;
    }
    lock.wait(changed_);
  }
  return nullptr;
}

void PageQueue::set_ready(PageJob& job) {
  const MutexLock lock(mutex_);
  job.state = PageJob::State::kReady;
  changed_.notify_all();
}

std::optional<std::unique_ptr<PageJob>> PageQueue::take_ready() {
  MutexLock lock(mutex_);
  while (!stopping_ && !(ended_ && jobs_.empty()) &&
         (jobs_.empty() || jobs_.front()->state != PageJob::State::kReady)) {
    lock.wait(changed_);
  }
  if (stopping_) {
    return std::nullopt;
  }
  if (jobs_.empty()) {
    return nullptr;
  }
  std::unique_ptr<PageJob> job = std::move(jobs_.front());
  jobs_.pop_front();
  return job;
}

void PageQueue::give_back(std::unique_ptr<PageJob> job) {
  const MutexLock lock(mutex_);
  queued_bytes_ -= job->raw.size();
  if (spare_.size() < share_->of(kMaxSpare, 1)) {
    spare_.push_back(std::move(job));
  }
  changed_.notify_all();
}

void PageQueue::set_written() {
  const MutexLock lock(mutex_);
  written_ = true;
  changed_.notify_all();
}

void PageQueue::stop(Error error) {
  const MutexLock lock(mutex_);
  stopping_ = true;
  if (!error_) {
    error_ = std::move(error);
  }
  changed_.notify_all();
}

void PageQueue::halt() noexcept {
  const MutexLock lock(mutex_);
  stopping_ = true;
  changed_.notify_all();
}

}  // namespace fhirbin::store
