#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "engine/codec/page_encoder_pool.h"
#include "engine/storage/catalog.h"
#include "engine/storage/lanes.h"
#include "engine/storage/volume_reader.h"
#include "engine/store/page_queue.h"
#include "engine/store/page_stager.h"
#include "engine/store/staged_content.h"
#include "engine/store/work_share.h"

namespace fhirbin::store {

// The stages behind cutting, for one upload: the threads of a PageQueue, from which workers hash
// chunks and prepare them (PagePreparer) and one page writer stages them in order (PageStager).
// Nothing it writes is named by the catalog, so dropping it at any moment leaves only
// dead bytes. begin_chunk(), push() and finish() belong to one thread.
class PagePipeline {
 public:
  struct Context {
    storage::Catalog* catalog = nullptr;
    storage::VolumeReader* volumes = nullptr;
    storage::Lanes* lanes = nullptr;
    codec::PageEncoderPool* encoders = nullptr;
    unsigned worker_threads = 1;
    // How many pipelines of the store run: they share what memory one alone would take.
    std::atomic<unsigned>* running = nullptr;
  };

  explicit PagePipeline(const Context& context);
  PagePipeline(const PagePipeline&) = delete;
  PagePipeline& operator=(const PagePipeline&) = delete;
  // Stops the threads and drops what was not finished.
  ~PagePipeline();

  // An empty job with room for the next chunk; waits while too much is on its way. Errors:
  // whatever stopped the pipeline.
  Result<std::unique_ptr<PageJob>> begin_chunk(std::size_t max_bytes) {
    return queue_.begin(max_bytes);
  }
  // Takes the chunk that was filled in; what stops it is told by the next call of the others.
  void push(std::unique_ptr<PageJob> job) { queue_.push(std::move(job)); }

  // Waits until every page is durable. The chunks in order, and the books of the volumes.
  Result<void> finish(StagedContent& content);

  // Stops, drops what was not finished, and names the volumes that hold dead pages now.
  std::vector<std::uint32_t> abandon();

 private:
  void run_worker();
  Result<void> work();
  void run_writer();
  Result<void> write_pages();
  void halt() noexcept;

  const Context context_;
  const WorkShare share_;
  PageQueue queue_;
  PageStager stager_;                  // the page writer's own while it runs
  std::vector<std::jthread> threads_;  // last: they end before what they use
};

}  // namespace fhirbin::store
