#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <thread>
#include <unordered_map>
#include <vector>

#include "engine/codec/page_codec.h"
#include "engine/storage/catalog.h"
#include "engine/storage/lanes.h"
#include "engine/storage/volume_reader.h"
#include "engine/store/page_fetcher.h"
#include "engine/store/staged_content.h"
#include "engine/util/mutex.h"

namespace fhirbin::store {

// The stages behind cutting and hashing, for one upload: workers look for a duplicate of each chunk
// and compress what has none; one page writer takes the results in order into a lane and commits it
// every few MiB. Chunks that are on their way are bounded in bytes, so memory does not grow with
// the upload. Nothing it writes is named by the catalog, so dropping it at any moment leaves only
// dead bytes. push() and finish() belong to one thread.
class PagePipeline {
 public:
  struct Context {
    storage::Catalog* catalog = nullptr;
    storage::VolumeReader* volumes = nullptr;
    storage::Lanes* lanes = nullptr;
    int compression_level = 1;
    unsigned worker_threads = 1;
    // How many pipelines of the store run: they share what memory one alone would take.
    std::atomic<unsigned>* running = nullptr;
  };

  explicit PagePipeline(const Context& context);
  PagePipeline(const PagePipeline&) = delete;
  PagePipeline& operator=(const PagePipeline&) = delete;
  // Stops the threads and drops what was not finished.
  ~PagePipeline();

  // Takes the next chunk; waits while too much is on its way. Errors: whatever stopped the
  // pipeline.
  Result<void> push(ByteSpan raw, const Hash128& hash);

  // Waits until every page is durable. The chunks in order, and the books of the volumes.
  Result<void> finish(StagedContent& content);

  // Stops, drops what was not finished, and names the volumes that hold dead pages now.
  std::vector<std::uint32_t> abandon();

 private:
  struct Job;

  // This pipeline's share of `whole`, at least `least`.
  std::uint64_t share_of(std::uint64_t whole, std::uint64_t least) const noexcept;
  void run_worker();
  Result<void> work();
  Job* take_waiting();
  void run_writer();
  Result<void> write_pages();
  Result<void> prepare(Job& job, PageFetcher& fetcher, codec::PageEncoder& encoder);
  Result<bool> find_duplicate(Job& job, PageFetcher& fetcher) const;
  Result<void> stage(Job& job);
  Result<bool> stage_repeat(const Job& job);
  Result<void> append_page(Job& job);
  Result<void> commit_lane();
  Result<void> close_lane();
  Result<void> end_lane();
  void stop(Error error);
  void halt() noexcept;
  void drop_lane() noexcept;
  std::unique_ptr<Job> take_spare();

  const Context context_;

  Mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::unique_ptr<Job>> jobs_ FHIRBIN_GUARDED_BY(mutex_);  // in order, oldest first
  std::vector<std::unique_ptr<Job>> spare_ FHIRBIN_GUARDED_BY(mutex_);
  std::uint64_t queued_bytes_ FHIRBIN_GUARDED_BY(mutex_) = 0;
  bool ended_ FHIRBIN_GUARDED_BY(mutex_) = false;
  bool stopping_ FHIRBIN_GUARDED_BY(mutex_) = false;
  bool written_ FHIRBIN_GUARDED_BY(mutex_) = false;
  std::optional<Error> error_ FHIRBIN_GUARDED_BY(mutex_);

  // The page writer's own.
  std::optional<storage::VolumeWriter> lane_;
  codec::PageDecoder repeat_decoder_;
  std::unordered_multimap<Hash128, std::size_t> staged_by_hash_;  // to chunks_
  std::vector<StagedChunk> chunks_;
  std::vector<VolumeBooks> volumes_;

  std::vector<std::jthread> threads_;  // last: they end before what they use
};

}  // namespace fhirbin::store
