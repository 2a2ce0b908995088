#include "engine/store/read_ahead.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "engine/util/guarded.h"
#include "engine/util/try.h"

namespace fhirbin::store {
namespace {

// Chunks ahead of their reader, counted in decoded bytes: enough to keep all cores busy, and few
// enough to stay in their caches. Shared by all that run on a store; each may always have one
// chunk.
constexpr std::uint64_t kAheadBytesPerWorker = 1U << 20;
constexpr std::uint64_t kMinAheadBytes = 2U << 20;
constexpr std::uint64_t kMaxAheadBytes = 4U << 20;
// Buffers kept for the next chunk; shared in the same way.
constexpr std::size_t kMaxSpare = 8;
// More readers than this at once keep all cores busy by themselves.
constexpr unsigned kMaxRunning = 16;

}  // namespace

std::unique_ptr<ReadAhead> ReadAhead::start(StoreContext& store, const chunk::ChunkMap& map,
                                            std::size_t first) {
  if (store.running_read_aheads() >= kMaxRunning) {
    return nullptr;
  }
  // The reader itself is one of those who fetch.
  const unsigned helpers = store.worker_threads() - 1;
  if (helpers == 0) {
    return nullptr;
  }
  std::unique_ptr<ReadAhead> made(new ReadAhead(store, map, first));
  const auto workers = static_cast<unsigned>(made->share_.of(helpers, 1));
  try {
    made->threads_.reserve(workers);
    for (unsigned i = 0; i < workers; ++i) {
      made->threads_.emplace_back([ahead = made.get()] { ahead->run_worker(); });
    }
  } catch (const std::system_error&) {
    if (made->threads_.empty()) {
      return nullptr;
    }
  }
  return made;
}

ReadAhead::ReadAhead(StoreContext& store, const chunk::ChunkMap& map, std::size_t first)
    : store_(&store),
      map_(&map),
      fetcher_(store.catalog(), store.volumes()),
      share_(store.running_read_aheads()),
      max_ahead_bytes_(std::clamp(store.worker_threads() * kAheadBytesPerWorker, kMinAheadBytes,
                                  kMaxAheadBytes)),
      next_(first),
      next_to_fetch_(first) {}

ReadAhead::~ReadAhead() {
  if (guard_.left_behind()) {
    for (std::jthread& thread : threads_) {
      thread.detach();  // it runs in the parent, where this is a copy of
    }
    return;
  }
  halt();
}

void ReadAhead::halt() noexcept {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
    workers_.notify_all();
  }
  threads_.clear();
}

Result<void> ReadAhead::take(ByteBuffer& bytes) {
  FHIRBIN_TRY(guard_.check());
  MutexLock lock(mutex_);
  while (slots_.empty() ? !error_ : !slots_.front()->ready) {
    if (!fetch_next(fetcher_)) {
      lock.wait(reader_);
    }
  }
  if (slots_.empty()) {
    return std::unexpected<Error>(*error_);
  }
  std::unique_ptr<Slot> slot = std::move(slots_.front());
  slots_.pop_front();
  if (slot->error) {
    return std::unexpected<Error>(*std::move(slot->error));
  }
  ahead_bytes_ -= slot->bytes.size();
  ++next_;
  std::swap(slot->bytes, bytes);
  slot->ready = false;
  if (spare_.size() < share_.of(kMaxSpare, 1)) {
    spare_.push_back(std::move(slot));
  }
  workers_.notify_one();
  return {};
}

bool ReadAhead::is_far_enough() const {
  return ahead_bytes_ != 0 &&
         ahead_bytes_ + map_->entry(next_to_fetch_).length > share_.of(max_ahead_bytes_, 1);
}

// The place for the next chunk, which is `index`; nullptr when there is none to fetch at present.
ReadAhead::Slot* ReadAhead::begin_slot(std::size_t& index) {
  if (stopping_ || next_to_fetch_ >= map_->count() || is_far_enough()) {
    return nullptr;
  }
  std::unique_ptr<Slot> slot;
  if (spare_.empty()) {
    slot = std::make_unique<Slot>();
    slot->bytes.reserve(store_->settings().cut_max_bytes);  // at once, as it is used again
  } else {
    slot = std::move(spare_.back());
    spare_.pop_back();
  }
  slots_.push_back(std::move(slot));
  ahead_bytes_ += map_->entry(next_to_fetch_).length;
  index = next_to_fetch_++;
  return slots_.back().get();
}

// Fetches the next chunk with the mutex given up meanwhile. False when there is none to fetch now.
bool ReadAhead::fetch_next(PageFetcher& fetcher) {
  std::size_t index = 0;
  Slot* const slot = begin_slot(index);
  if (slot == nullptr) {
    return false;
  }
  mutex_.unlock();
  auto fetched = guarded([&] { return fetcher.fetch_along(*map_, index, slot->bytes); });
  mutex_.lock();
  end_slot(*slot, std::move(fetched));
  return true;
}

void ReadAhead::end_slot(Slot& slot, Result<void> fetched) {
  if (!fetched) {
    slot.error = std::move(fetched.error());
    next_to_fetch_ = map_->count();  // nobody reads past an error
    workers_.notify_all();
  }
  slot.ready = true;
  if (slots_.front().get() == &slot) {
    reader_.notify_one();
  }
}

void ReadAhead::run_worker() noexcept {
  auto done = guarded([this] { return work(); });
  if (!done) {
    const MutexLock lock(mutex_);
    error_ = std::move(done.error());
    next_to_fetch_ = map_->count();
    reader_.notify_one();
    workers_.notify_all();
  }
}

Result<void> ReadAhead::work() {
  PageFetcher fetcher(store_->catalog(), store_->volumes());
  MutexLock lock(mutex_);
  while (!stopping_ && next_to_fetch_ < map_->count()) {
    if (!fetch_next(fetcher)) {
      lock.wait(workers_);
    }
  }
  return {};
}

}  // namespace fhirbin::store
