#include "engine/store/page_queue.h"

#include <algorithm>
#include <utility>

namespace fhirbin::store {
namespace {

// Chunks on their way, counted in decoded bytes: for every worker one at hand and a few to come.
// Shared by all pipelines of a store; each may always have one chunk.
constexpr std::uint64_t kQueuedBytesPerWorker = 1U << 20;
constexpr std::uint64_t kMinQueuedBytes = 2U << 20;
constexpr std::uint64_t kMaxQueuedBytes = 8U << 20;
// Buffers kept for the next chunk.
constexpr std::size_t kMaxSpare = 8;

}  // namespace

PageQueue::PageQueue(const WorkShare& share, unsigned workers)
    : share_(&share),
      max_queued_bytes_(
          std::clamp(workers * kQueuedBytesPerWorker, kMinQueuedBytes, kMaxQueuedBytes)) {}

bool PageQueue::is_full() const { return queued_bytes_ >= share_->of(max_queued_bytes_, 1); }

void PageQueue::wake_everybody() {
  uploader_.notify_all();
  workers_.notify_all();
  writer_.notify_all();
}

Result<std::unique_ptr<PageJob>> PageQueue::begin(std::size_t reserve_bytes) {
  std::unique_ptr<PageJob> job;
  {
    MutexLock lock(mutex_);
    while (!error_ && is_full()) {
      lock.wait(uploader_);
    }
    if (error_) {
      return std::unexpected<Error>(*error_);
    }
    if (!spare_.empty()) {
      job = std::move(spare_.back());
      spare_.pop_back();
    }
  }
  if (job == nullptr) {
    job = std::make_unique<PageJob>();
  }
  job->raw.clear();
  job->raw.reserve(reserve_bytes);
  job->state = PageJob::State::kWaiting;
  job->shared_id = 0;
  return job;
}

void PageQueue::push(std::unique_ptr<PageJob> job) {
  const MutexLock lock(mutex_);
  const std::size_t bytes = job->raw.size();
  jobs_.push_back(std::move(job));
  queued_bytes_ += bytes;
  workers_.notify_one();
}

Result<void> PageQueue::finish() {
  MutexLock lock(mutex_);
  ended_ = true;
  wake_everybody();
  while (!error_ && !written_) {
    lock.wait(uploader_);
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
    lock.wait(workers_);
  }
  return nullptr;
}

void PageQueue::set_ready(PageJob& job) {
  const MutexLock lock(mutex_);
  job.state = PageJob::State::kReady;
  if (!jobs_.empty() && jobs_.front().get() == &job) {
    writer_.notify_one();
  }
}

std::optional<std::unique_ptr<PageJob>> PageQueue::take_ready() {
  MutexLock lock(mutex_);
  while (!stopping_ && !(ended_ && jobs_.empty()) &&
         (jobs_.empty() || jobs_.front()->state != PageJob::State::kReady)) {
    lock.wait(writer_);
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
  if (!is_full()) {
    uploader_.notify_one();
  }
}

void PageQueue::set_written() {
  const MutexLock lock(mutex_);
  written_ = true;
  wake_everybody();
}

void PageQueue::stop(Error error) {
  const MutexLock lock(mutex_);
  stopping_ = true;
  if (!error_ || error.code == ErrorCode::kIndeterminate) {
    error_ = std::move(error);
  }
  wake_everybody();
}

void PageQueue::halt() noexcept {
  const MutexLock lock(mutex_);
  stopping_ = true;
  wake_everybody();
}

}  // namespace fhirbin::store
