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
// that takes them in the order they came. Bounded in bytes, so memory does not grow with the
// upload. Thread-safe.
class PageQueue {
 public:
  explicit PageQueue(const WorkShare& share) : share_(&share) {}
  PageQueue(const PageQueue&) = delete;
  PageQueue& operator=(const PageQueue&) = delete;

  // For the uploader. Both return the error that stopped the queue, if any.

  // Copies the next chunk in; waits while too much is on its way.
  Result<void> push(ByteSpan raw, const Hash128& hash);
  // Says that nothing more comes, and waits for the writer's set_written().
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

  // Ends all waiting. The first error stays.
  void stop(Error error);
  void halt() noexcept;

 private:
  std::unique_ptr<PageJob> take_spare();

  const WorkShare* share_;
  Mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::unique_ptr<PageJob>> jobs_ FHIRBIN_GUARDED_BY(mutex_);  // oldest first
  std::vector<std::unique_ptr<PageJob>> spare_ FHIRBIN_GUARDED_BY(mutex_);
  std::uint64_t queued_bytes_ FHIRBIN_GUARDED_BY(mutex_) = 0;
  bool ended_ FHIRBIN_GUARDED_BY(mutex_) = false;
  bool stopping_ FHIRBIN_GUARDED_BY(mutex_) = false;
  bool written_ FHIRBIN_GUARDED_BY(mutex_) = false;
  std::optional<Error> error_ FHIRBIN_GUARDED_BY(mutex_);
};

}  // namespace fhirbin::store
