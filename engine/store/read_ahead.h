#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "engine/chunk/chunk_map.h"
#include "engine/storage/fork_guard.h"
#include "engine/store/page_fetcher.h"
#include "engine/store/store_context.h"
#include "engine/store/work_share.h"
#include "engine/util/byte_buffer.h"
#include "engine/util/mutex.h"
#include "fhirbin/error.h"

namespace fhirbin::store {

// Fetches the chunks of a map one after another on threads of its own, ahead of the one reader that
// takes them in order. The reader itself fetches, too, while its chunk is not there yet. Holds some
// MiB at most, which all that run on a store share. take() and the destructor belong to one thread;
// map and store must outlive it.
class ReadAhead {
 public:
  // Begins with chunk `first`. nullptr where threads would not help or the system gives none: then
  // read without.
  static std::unique_ptr<ReadAhead> start(StoreContext& store, const chunk::ChunkMap& map,
                                          std::size_t first);

  ReadAhead(const ReadAhead&) = delete;
  ReadAhead& operator=(const ReadAhead&) = delete;
  ~ReadAhead();

  // The chunk that take() gives next; the map's count at the end.
  std::size_t next() const noexcept { return next_; }

  // Swaps the decoded and checked bytes of chunk next() into `bytes`, whose memory is used again.
  // Errors: those of PageFetcher::fetch(), after which there is no more to take.
  Result<void> take(ByteBuffer& bytes);

 private:
  struct Slot {
    ByteBuffer bytes;
    std::optional<Error> error;
    bool ready = false;
  };

  ReadAhead(StoreContext& store, const chunk::ChunkMap& map, std::size_t first);
  void run_worker() noexcept;
  Result<void> work();
  bool is_far_enough() const FHIRBIN_REQUIRES(mutex_);
  bool fetch_next(PageFetcher& fetcher) FHIRBIN_REQUIRES(mutex_);
  Slot* begin_slot(std::size_t& index) FHIRBIN_REQUIRES(mutex_);
  void end_slot(Slot& slot, Result<void> fetched) FHIRBIN_REQUIRES(mutex_);
  void halt() noexcept;

  StoreContext* store_;
  const chunk::ChunkMap* map_;
  PageFetcher fetcher_;  // the reader's own
  const WorkShare share_;
  const std::uint64_t max_ahead_bytes_;
  const storage::ForkGuard guard_;
  std::size_t next_;  // the reader's own

  Mutex mutex_;
  std::condition_variable reader_;   // waits for the next chunk
  std::condition_variable workers_;  // wait for room
  std::size_t next_to_fetch_ FHIRBIN_GUARDED_BY(mutex_);
  std::uint64_t ahead_bytes_ FHIRBIN_GUARDED_BY(mutex_) = 0;            // fetched or being fetched
  std::deque<std::unique_ptr<Slot>> slots_ FHIRBIN_GUARDED_BY(mutex_);  // from next_ on
  std::vector<std::unique_ptr<Slot>> spare_ FHIRBIN_GUARDED_BY(mutex_);
  std::optional<Error> error_ FHIRBIN_GUARDED_BY(mutex_);  // of no chunk in particular
  bool stopping_ FHIRBIN_GUARDED_BY(mutex_) = false;
  std::vector<std::jthread> threads_;  // last: they end before what they use
};

}  // namespace fhirbin::store
