#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "engine/store/page_job.h"
#include "engine/store/work_share.h"
#include "engine/util/mutex.h"
#include "fhirbin/error.h"

namespace fhirbin::store {

// The chunks between one uploader, the workers that make them ready in any order and the writer
// that takes them in the order they came. Bounded in bytes, give or take a chunk, so memory does
// not grow with the upload. Thread-safe.
class PageQueue {
 public:
  // `workers`: how many threads one pipeline alone would have.
  PageQueue(const WorkShare& share, unsigned workers);
  PageQueue(const PageQueue&) = delete;
  PageQueue& operator=(const PageQueue&) = delete;

  // For the uploader.

  // An empty job with room for `reserve_bytes`, for the next chunk; waits while too much is on its
  // way. Errors: the one that stopped the queue.
  Result<std::unique_ptr<PageJob>> begin(std::size_t reserve_bytes);
  // Queues the chunk in `job`.
  void push(std::unique_ptr<PageJob> job);
  // Says that nothing more comes, and waits for the writer's set_written(). Errors: as begin().
  Result<void> finish();

  // For the workers.

  // The oldest job that nobody took, once there is one; nullptr when none will come.
  PageJob* take_waiting();
  void set_ready(PageJob& job);

  // For the writer.

  // The oldest job of all, once it is ready; nullptr after the last; nullopt when stopped.
  std::optional<std::unique_ptr<PageJob>> take_ready();
  // Makes room for the next chunk; keeps the buffers.
  void give_back(std::unique_ptr<PageJob> job);
  void set_written();

  // Ends all waiting. The first error stays, unless it comes out that a sync failed.
  void stop(Error error);
  void halt() noexcept;

 private:
  bool is_full() const FHIRBIN_REQUIRES(mutex_);
  void wake_everybody() FHIRBIN_REQUIRES(mutex_);

  const WorkShare* share_;
  const std::uint64_t max_queued_bytes_;
  Mutex mutex_;
  std::condition_variable uploader_;  // waits for room, and for the end
  std::condition_variable workers_;   // wait for chunks
  std::condition_variable writer_;    // waits for the oldest chunk to be ready
  std::deque<std::unique_ptr<PageJob>> jobs_ FHIRBIN_GUARDED_BY(mutex_);  // oldest first
  std::vector<std::unique_ptr<PageJob>> spare_ FHIRBIN_GUARDED_BY(mutex_);
  std::uint64_t queued_bytes_ FHIRBIN_GUARDED_BY(mutex_) = 0;
  bool ended_ FHIRBIN_GUARDED_BY(mutex_) = false;
  bool stopping_ FHIRBIN_GUARDED_BY(mutex_) = false;
  bool written_ FHIRBIN_GUARDED_BY(mutex_) = false;
  std::optional<Error> error_ FHIRBIN_GUARDED_BY(mutex_);
};

}  // namespace fhirbin::store
