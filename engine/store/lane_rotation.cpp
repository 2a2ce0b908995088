#include "engine/store/lane_rotation.h"

#include <algorithm>
#include <exception>
#include <thread>
#include <utility>

#include "engine/util/guarded.h"
#include "engine/util/try.h"

namespace fhirbin::store {
namespace {

// Pages per transaction, counted in stored bytes: large enough to hide its syncs, small enough for
// memory.
constexpr std::uint64_t kTransactionBytes = 4U << 20;
constexpr std::uint64_t kMinTransactionBytes = 1U << 20;

// Lanes of one upload alone: one that is filled, and as many commits on their way as keep a disk
// busy. Shared by all uploads of a store.
constexpr std::uint64_t kMaxLanes = 5;

// An upload of so much seals what is worth it of the volumes it wrote to, to be read faster.
constexpr std::uint64_t kLargeUploadBytes = 64U << 20;

}  // namespace

// A lane while a thread commits it.
struct LaneRotation::Behind {
  explicit Behind(storage::VolumeWriter committing) : lane(std::move(committing)) {}

  void run() noexcept {
    committed = guarded([this] { return lane.commit(); });
  }
  // Where there is no thread to be had, the caller is the one.
  void start() noexcept {
    try {
      thread = std::jthread([this] { run(); });
    } catch (const std::exception&) {
      run();
    }
  }
  void wait() {
    if (thread.joinable()) {
      thread.join();
    }
  }

  storage::VolumeWriter lane;  // the thread's until it ended
  Result<void> committed;
  std::jthread thread;  // last: it ends before what it uses
};

LaneRotation::LaneRotation(storage::Lanes& lanes, const WorkShare& share)
    : lanes_(&lanes), share_(&share) {}

LaneRotation::~LaneRotation() = default;

Result<storage::PagePlace> LaneRotation::append(ByteSpan stored) {
  if (!lane_) {
    FHIRBIN_TRY(begin_lane());
  }
  FHIRBIN_TRY_ASSIGN(const std::uint64_t page, lane_->append(stored));
  staged_bytes_ += stored.size();
  const storage::PagePlace place{.volume = lane_->number(), .page = page, .sealed = false};
  if (lane_->uncommitted_bytes() >= share_->of(kTransactionBytes, kMinTransactionBytes)) {
    FHIRBIN_TRY(commit());
  }
  return place;
}

Result<void> LaneRotation::begin_lane() {
  while (committed_.empty() && behind_.size() >= share_->of(kMaxLanes, 1)) {
    FHIRBIN_TRY(await_oldest());
  }
  while (committed_.empty()) {
    auto acquired = lanes_->acquire();
    if (acquired) {
      lane_ = *std::move(acquired);
      return {};
    }
    // One more would have been convenient; without any there is no going on.
    const ErrorCode code = acquired.error().code;
    const bool can_wait = code == ErrorCode::kBusy || code == ErrorCode::kNoSpace ||
                          code == ErrorCode::kIo || code == ErrorCode::kOutOfMemory;
    if (behind_.empty() || !can_wait) {
      return std::unexpected<Error>(std::move(acquired.error()));
    }
    FHIRBIN_TRY(await_oldest());
  }
  lane_ = std::move(committed_.back());
  committed_.pop_back();
  return {};
}

Result<void> LaneRotation::commit() {
  if (share_->of(kMaxLanes, 1) == 1) {
    FHIRBIN_TRY(lane_->commit());
    return lanes_->is_full(*lane_) ? end(*std::exchange(lane_, std::nullopt)) : Result<void>();
  }
  behind_.push_back(std::make_unique<Behind>(*std::exchange(lane_, std::nullopt)));
  behind_.back()->start();
  return {};
}

// What was committed behind is filled next, or ends when it is full.
Result<void> LaneRotation::await_oldest() {
  behind_.front()->wait();
  FHIRBIN_TRY(behind_.front()->committed);
  storage::VolumeWriter lane = std::move(behind_.front()->lane);
  behind_.pop_front();
  if (lanes_->is_full(lane)) {
    return end(std::move(lane));
  }
  committed_.push_back(std::move(lane));
  return {};
}

Result<std::optional<ByteVector>> LaneRotation::read(const storage::PagePlace& place) {
  while (std::ranges::any_of(
      behind_, [&](const auto& behind) { return behind->lane.number() == place.volume; })) {
    FHIRBIN_TRY(await_oldest());
  }
  storage::VolumeWriter* holder = lane_ && lane_->number() == place.volume ? &*lane_ : nullptr;
  for (storage::VolumeWriter& lane : committed_) {
    if (lane.number() == place.volume) {
      holder = &lane;
    }
  }
  if (holder == nullptr) {
    return std::optional<ByteVector>();
  }
  FHIRBIN_TRY_ASSIGN(ByteVector stored, holder->read(place.page));
  return std::optional(std::move(stored));
}

Result<void> LaneRotation::finish() {
  if (lane_) {
    FHIRBIN_TRY(lane_->commit());
    committed_.push_back(*std::exchange(lane_, std::nullopt));
  }
  while (!behind_.empty()) {
    FHIRBIN_TRY(await_oldest());
  }
  while (!committed_.empty()) {
    storage::VolumeWriter lane = std::move(committed_.back());
    committed_.pop_back();
    FHIRBIN_TRY(end(std::move(lane)));
  }
  return {};
}

Result<void> LaneRotation::end(storage::VolumeWriter lane) {
  books_.push_back(
      {.number = lane.number(), .pages = lane.page_count(), .stored_bytes = lane.stored_bytes()});
  if (staged_bytes_ >= kLargeUploadBytes && lanes_->is_worth_sealing(lane)) {
    return lanes_->seal(std::move(lane));
  }
  return lanes_->release(std::move(lane));  // seals a full one
}

bool LaneRotation::drop() noexcept {
  bool certain = true;
  for (const auto& behind : behind_) {
    behind->wait();
    note_dropped(behind->lane.number());
    certain = certain &&
              (behind->committed || behind->committed.error().code != ErrorCode::kIndeterminate);
  }
  for (const storage::VolumeWriter& lane : committed_) {
    note_dropped(lane.number());
  }
  if (lane_) {
    note_dropped(lane_->number());
  }
  behind_.clear();
  committed_.clear();
  lane_.reset();
  return certain;
}

// Where there is no memory for it, the dead pages are left to gc.
void LaneRotation::note_dropped(std::uint32_t number) noexcept {
  (void)guarded([&]() -> Result<void> {
    books_.push_back({.number = number, .pages = 0, .stored_bytes = 0});
    return {};
  });
}

std::vector<VolumeBooks> LaneRotation::take_books() { return std::exchange(books_, {}); }

}  // namespace fhirbin::store
