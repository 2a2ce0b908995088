#include "engine/store/page_pipeline.h"

#include <algorithm>
#include <new>
#include <utility>

#include "engine/util/guarded.h"
#include "engine/util/try.h"

namespace fhirbin::store {
namespace {

// Chunks on their way, counted in decoded bytes: enough for every worker and the writer to stay
// busy. Shared by all pipelines of a store; each may always have one chunk.
constexpr std::uint64_t kMaxQueuedBytes = 8U << 20;
// Pages per transaction, counted in stored bytes: large enough to hide the fsync, small enough for
// memory.
constexpr std::uint64_t kTransactionBytes = 8U << 20;
constexpr std::uint64_t kMinTransactionBytes = 1U << 20;
// How many chunks of one hash are compared before a page is stored unshared: bounds what a flood of
// colliding chunks can cost.
constexpr std::uint32_t kMaxCandidates = 8;
// Buffers kept for the next chunk.
constexpr std::size_t kMaxSpare = 8;

}  // namespace

struct PagePipeline::Job {
  enum class State : std::uint8_t { kWaiting, kTaken, kReady };

  ByteVector raw;
  Hash128 hash;
  State state = State::kWaiting;
  std::uint64_t shared_id = 0;  // a live chunk with the same bytes
  codec::PageCodec codec = codec::PageCodec::kRaw;
  ByteVector compressed;  // when codec is not kRaw

  ByteSpan stored() const { return codec == codec::PageCodec::kRaw ? ByteSpan(raw) : compressed; }
};

PagePipeline::PagePipeline(const Context& context) : context_(context) {
  ++*context_.running;
  // Where the system gives no more threads, those that run would be waited for without end.
  struct Undo {
    PagePipeline* pipeline;
    ~Undo() {
      if (pipeline != nullptr) {
        pipeline->halt();
        --*pipeline->context_.running;
      }
    }
  } undo{this};
  const auto workers = static_cast<unsigned>(share_of(context.worker_threads, 1));
  threads_.reserve(workers + 1);
  for (unsigned i = 0; i < workers; ++i) {
    threads_.emplace_back([this] { run_worker(); });
  }
  threads_.emplace_back([this] { run_writer(); });
  undo.pipeline = nullptr;
}

PagePipeline::~PagePipeline() {
  halt();
  --*context_.running;
}

void PagePipeline::halt() noexcept {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  threads_.clear();
}

std::uint64_t PagePipeline::share_of(std::uint64_t whole, std::uint64_t least) const noexcept {
  return std::max(least, whole / std::max(1U, context_.running->load()));
}

std::vector<std::uint32_t> PagePipeline::abandon() {
  halt();
  std::vector<std::uint32_t> numbers;
  for (const VolumeBooks& books : std::exchange(volumes_, {})) {
    numbers.push_back(books.number);
  }
  return numbers;
}

void PagePipeline::stop(Error error) {
  const MutexLock lock(mutex_);
  stopping_ = true;
  if (!error_) {
    error_ = std::move(error);
  }
  changed_.notify_all();
}

std::unique_ptr<PagePipeline::Job> PagePipeline::take_spare() {
  {
    const MutexLock lock(mutex_);
    if (!spare_.empty()) {
      std::unique_ptr<Job> job = std::move(spare_.back());
      spare_.pop_back();
      return job;
    }
  }
  return std::make_unique<Job>();
}

Result<void> PagePipeline::push(ByteSpan raw, const Hash128& hash) {
  std::unique_ptr<Job> job = take_spare();
  job->raw.assign(raw.begin(), raw.end());
  job->hash = hash;
  job->state = Job::State::kWaiting;
  job->shared_id = 0;
  MutexLock lock(mutex_);
  while (!error_ && queued_bytes_ != 0 &&
         queued_bytes_ + raw.size() > share_of(kMaxQueuedBytes, 1)) {
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

Result<void> PagePipeline::finish(StagedContent& content) {
  {
    MutexLock lock(mutex_);
    ended_ = true;
    changed_.notify_all();
    while (!error_ && !written_) {
      lock.wait(changed_);
    }
    if (error_) {
      return std::unexpected<Error>(*error_);
    }
  }
  threads_.clear();
  content.chunks = std::move(chunks_);
  content.volumes = std::move(volumes_);
  return {};
}

void PagePipeline::run_worker() {
  if (auto done = guarded([&] { return work(); }); !done) {
    stop(std::move(done.error()));
  }
}

Result<void> PagePipeline::work() {
  PageFetcher fetcher(*context_.catalog, *context_.volumes);
  codec::PageEncoder encoder(context_.compression_level);
  while (Job* const job = take_waiting()) {
    FHIRBIN_TRY(prepare(*job, fetcher, encoder));
    const MutexLock lock(mutex_);
    job->state = Job::State::kReady;
    changed_.notify_all();
  }
  return {};
}

// The oldest job that nobody took, once there is one; nothing when none will come.
PagePipeline::Job* PagePipeline::take_waiting() {
  MutexLock lock(mutex_);
  while (!stopping_ && !written_) {
    const auto waiting = std::ranges::find(jobs_, Job::State::kWaiting,
                                           [](const auto& candidate) { return candidate->state; });
    if (waiting != jobs_.end()) {
      (*waiting)->state = Job::State::kTaken;
      return waiting->get();
    }
    if (ended_) {
      return nullptr;
    }
    lock.wait(changed_);
  }
  return nullptr;
}

Result<void> PagePipeline::prepare(Job& job, PageFetcher& fetcher, codec::PageEncoder& encoder) {
  FHIRBIN_TRY_ASSIGN(const bool duplicate, find_duplicate(job, fetcher));
  if (duplicate) {
    return {};
  }
  FHIRBIN_TRY_ASSIGN(const auto page, encoder.encode(job.raw));
  job.codec = page.codec;
  if (page.codec != codec::PageCodec::kRaw) {
    job.compressed.assign(page.stored.begin(), page.stored.end());
  }
  return {};
}

Result<bool> PagePipeline::find_duplicate(Job& job, PageFetcher& fetcher) const {
  const auto length = static_cast<std::uint32_t>(job.raw.size());
  FHIRBIN_TRY_ASSIGN(
      const auto candidates, context_.catalog->read([&](storage::Connection& connection) {
        return storage::ChunkTable(connection).find_candidates(job.hash, length, kMaxCandidates);
      }));
  ByteVector bytes;
  for (const storage::ChunkRow& candidate : candidates) {
    bytes.resize(length);
    // A hash is no proof: only equal bytes are shared. A candidate that cannot be read is no
    // duplicate; verify() will tell of the damage, and the new content must not depend on it.
    if (fetcher.fetch(candidate, bytes) && equal_bytes(bytes, job.raw)) {
      job.shared_id = candidate.id;
      return true;
    }
  }
  return false;
}

void PagePipeline::run_writer() {
  if (auto done = guarded([&] { return write_pages(); }); !done) {
    stop(std::move(done.error()));
  }
  drop_lane();  // there is none when all was written
}

Result<void> PagePipeline::write_pages() {
  while (true) {
    std::unique_ptr<Job> job;
    {
      MutexLock lock(mutex_);
      while (!stopping_ && !(ended_ && jobs_.empty()) &&
             (jobs_.empty() || jobs_.front()->state != Job::State::kReady)) {
        lock.wait(changed_);
      }
      if (stopping_) {
        return {};
      }
      if (!jobs_.empty()) {
        job = std::move(jobs_.front());
        jobs_.pop_front();
      }
    }
    if (job == nullptr) {
      FHIRBIN_TRY(close_lane());
      const MutexLock lock(mutex_);
      written_ = true;
      changed_.notify_all();
      return {};
    }
    FHIRBIN_TRY(stage(*job));
    const MutexLock lock(mutex_);
    queued_bytes_ -= job->raw.size();
    if (spare_.size() < share_of(kMaxSpare, 1)) {
      spare_.push_back(std::move(job));
    }
    changed_.notify_all();
  }
}

// Rolls back, and leaves the volume to the next writer.
void PagePipeline::drop_lane() noexcept {
  if (lane_) {
    try {
      volumes_.push_back({.number = lane_->number(), .pages = 0, .stored_bytes = 0});
    } catch (const std::bad_alloc&) {
      // The dead pages are left to gc.
    }
    lane_.reset();
  }
}

Result<void> PagePipeline::stage(Job& job) {
  if (job.shared_id != 0) {
    chunks_.push_back({.hash = job.hash,
                       .length = static_cast<std::uint32_t>(job.raw.size()),
                       .shared_id = job.shared_id,
                       .stored_length = 0,
                       .codec = 0,
                       .place = {}});
    return {};
  }
  FHIRBIN_TRY_ASSIGN(const bool repeated, stage_repeat(job));
  return repeated ? Result<void>() : append_page(job);
}

Result<bool> PagePipeline::stage_repeat(const Job& job) {
  const auto [first, last] = staged_by_hash_.equal_range(job.hash);
  std::uint32_t compared = 0;
  for (auto same = first; same != last && compared < kMaxCandidates; ++same, ++compared) {
    const StagedChunk earlier = chunks_[same->second];
    if (earlier.length != job.raw.size()) {
      continue;
    }
    ByteVector stored;
    if (lane_ && lane_->number() == earlier.place.volume) {
      FHIRBIN_TRY_ASSIGN(stored, lane_->read(earlier.place.page));
    } else {
      FHIRBIN_TRY(context_.volumes->read(earlier.place, earlier.stored_length, stored));
    }
    ByteVector raw(earlier.length);
    FHIRBIN_TRY(repeat_decoder_.decode(static_cast<codec::PageCodec>(earlier.codec), stored, raw));
    if (equal_bytes(raw, job.raw)) {
      chunks_.push_back(earlier);
      return true;
    }
  }
  return false;
}

Result<void> PagePipeline::append_page(Job& job) {
  if (!lane_) {
    FHIRBIN_TRY_ASSIGN(storage::VolumeWriter lane, context_.lanes->acquire());
    lane_.emplace(std::move(lane));
  }
  const ByteSpan stored = job.stored();
  FHIRBIN_TRY_ASSIGN(const std::uint64_t page, lane_->append(stored));
  staged_by_hash_.emplace(job.hash, chunks_.size());
  chunks_.push_back({.hash = job.hash,
                     .length = static_cast<std::uint32_t>(job.raw.size()),
                     .shared_id = 0,
                     .stored_length = static_cast<std::uint32_t>(stored.size()),
                     .codec = static_cast<std::uint8_t>(job.codec),
                     .place = {.volume = lane_->number(), .page = page, .sealed = false}});
  const bool enough =
      lane_->uncommitted_bytes() >= share_of(kTransactionBytes, kMinTransactionBytes);
  return enough ? commit_lane() : Result<void>();
}

Result<void> PagePipeline::commit_lane() {
  FHIRBIN_TRY(lane_->commit());
  return context_.lanes->is_full(*lane_) ? end_lane() : Result<void>();
}

Result<void> PagePipeline::close_lane() {
  if (!lane_) {
    return {};
  }
  FHIRBIN_TRY(lane_->commit());
  return end_lane();
}

Result<void> PagePipeline::end_lane() {
  volumes_.push_back({.number = lane_->number(),
                      .pages = lane_->page_count(),
                      .stored_bytes = lane_->stored_bytes()});
  storage::VolumeWriter lane = *std::move(lane_);
  lane_.reset();
  return context_.lanes->release(std::move(lane));  // seals a full one
}

}  // namespace fhirbin::store
