#include "engine/store/page_pipeline.h"

#include <utility>

#include "engine/chunk/chunk_hash.h"
#include "engine/store/page_preparer.h"
#include "engine/util/guarded.h"
#include "engine/util/try.h"

namespace fhirbin::store {

PagePipeline::PagePipeline(const Context& context)
    : context_(context),
      share_(*context.running),
      queue_(share_, context.worker_threads),
      stager_(*context.volumes, *context.lanes, share_) {
  // Where the system gives no more threads, those that run would be waited for without end.
  struct Undo {
    PagePipeline* pipeline;
    ~Undo() {
      if (pipeline != nullptr) {
        pipeline->halt();
      }
    }
  } undo{this};
  const auto workers = static_cast<unsigned>(share_.of(context.worker_threads, 1));
  threads_.reserve(workers + 1);
  for (unsigned i = 0; i < workers; ++i) {
    threads_.emplace_back([this] { run_worker(); });
  }
  threads_.emplace_back([this] { run_writer(); });
  undo.pipeline = nullptr;
}

PagePipeline::~PagePipeline() { halt(); }

void PagePipeline::halt() noexcept {
  queue_.halt();
  threads_.clear();
}

Result<void> PagePipeline::finish(StagedContent& content) {
  FHIRBIN_TRY(queue_.finish());
  threads_.clear();
  stager_.move_to(content);
  return {};
}

std::vector<std::uint32_t> PagePipeline::abandon() {
  halt();
  return stager_.take_volume_numbers();
}

void PagePipeline::run_worker() {
  if (auto done = guarded([&] { return work(); }); !done) {
    queue_.stop(std::move(done.error()));
  }
}

Result<void> PagePipeline::work() {
  PagePreparer preparer(*context_.catalog, *context_.volumes, *context_.encoders);
  while (PageJob* const job = queue_.take_waiting()) {
    const HashSecret& secret = context_.catalog->settings().hash_secret;
    chunk::compute_block_hashes(secret, job->raw, job->block_hashes);
    job->hash = chunk::combine_block_hashes(secret, job->block_hashes);
    FHIRBIN_TRY(preparer.prepare(*job));
    queue_.set_ready(*job);
  }
  return {};
}

void PagePipeline::run_writer() {
  auto done = guarded([&] { return write_pages(); });
  // There is none when all was written. A failed sync counts whoever else failed, and even when
  // nobody asks for the upload any more.
  if (!stager_.drop_lanes() || (!done && done.error().code == ErrorCode::kIndeterminate)) {
    context_.catalog->distrust();
    done =
        fail(ErrorCode::kIndeterminate, "a sync failed: what was uploaded may be stored or lost");
  }
  if (!done) {
    queue_.stop(std::move(done.error()));
  }
}

Result<void> PagePipeline::write_pages() {
  while (auto job = queue_.take_ready()) {
    if (*job == nullptr) {
      FHIRBIN_TRY(stager_.finish());
      queue_.set_written();
      return {};
    }
    FHIRBIN_TRY(stager_.stage(**job));
    queue_.give_back(*std::move(job));
  }
  return {};
}

}  // namespace fhirbin::store
