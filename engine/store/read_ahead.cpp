#include "engine/store/read_ahead.h"

#include <system_error>
#include <utility>

#include "engine/store/page_fetcher.h"
#include "engine/util/guarded.h"
#include "engine/util/try.h"

namespace fhirbin::store {
namespace {

// Chunks ahead of their reader, counted in decoded bytes: enough to keep all cores busy. Shared by
// all that run on a store; each may always have one chunk.
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
  std::unique_ptr<ReadAhead> made(new ReadAhead(store, map, first));
  const auto workers = static_cast<unsigned>(made->share_.of(store.worker_threads(), 1));
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
      share_(store.running_read_aheads()),
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
    changed_.notify_all();
  }
  threads_.clear();
}

Result<void> ReadAhead::take(ByteVector& bytes) {
  FHIRBIN_TRY(guard_.check());
  MutexLock lock(mutex_);
  while (slots_.empty() ? !error_ : !slots_.front()->ready) {
    lock.wait(changed_);
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
  changed_.notify_all();
  return {};
}

bool ReadAhead::is_far_enough() const {
  return ahead_bytes_ != 0 &&
         ahead_bytes_ + map_->entry(next_to_fetch_).length > share_.of(kMaxAheadBytes, 1);
}

// The place for the next chunk, which is `index`; nullptr when there is nothing left to do.
ReadAhead::Slot* ReadAhead::begin_slot(std::size_t& index) {
  MutexLock lock(mutex_);
  while (!stopping_ && next_to_fetch_ < map_->count() && is_far_enough()) {
    lock.wait(changed_);
  }
  if (stopping_ || next_to_fetch_ >= map_->count()) {
    return nullptr;
  }
  std::unique_ptr<Slot> slot;
  if (spare_.empty()) {
    slot = std::make_unique<Slot>();
  } else {
    slot = std::move(spare_.back());
    spare_.pop_back();
  }
  slots_.push_back(std::move(slot));
  ahead_bytes_ += map_->entry(next_to_fetch_).length;
  index = next_to_fetch_++;
  return slots_.back().get();
}

void ReadAhead::run_worker() noexcept {
  Slot* slot = nullptr;
  auto done = guarded([&]() -> Result<void> {
    PageFetcher fetcher(store_->catalog(), store_->volumes());
    std::size_t index = 0;
    while ((slot = begin_slot(index)) != nullptr) {
      FHIRBIN_TRY(fetcher.fetch(map_->entry(index), slot->bytes));
      const MutexLock lock(mutex_);
      slot->ready = true;
      slot = nullptr;  // the reader's from now on
      changed_.notify_all();
    }
    return {};
  });
  if (done) {
    return;
  }
  const MutexLock lock(mutex_);
  if (slot != nullptr) {
    slot->error = std::move(done.error());
    slot->ready = true;
  } else {
    error_ = std::move(done.error());
  }
  next_to_fetch_ = map_->count();  // nobody reads past an error
  changed_.notify_all();
}

}  // namespace fhirbin::store
