#include "engine/store/page_stager.h"

#include <utility>

#include "engine/util/guarded.h"
#include "engine/util/try.h"

namespace fhirbin::store {
namespace {

// Pages per transaction, counted in stored bytes: large enough to hide the fsync, small enough for
// memory.
constexpr std::uint64_t kTransactionBytes = 8U << 20;
constexpr std::uint64_t kMinTransactionBytes = 1U << 20;

}  // namespace

Result<void> PageStager::stage(PageJob& job) {
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

Result<bool> PageStager::stage_repeat(const PageJob& job) {
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
      stored.resize(earlier.stored_length);
      FHIRBIN_TRY(volumes_->read(earlier.place, stored));
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

Result<void> PageStager::append_page(PageJob& job) {
  if (!lane_) {
    FHIRBIN_TRY_ASSIGN(storage::VolumeWriter lane, lanes_->acquire());
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
      lane_->uncommitted_bytes() >= share_->of(kTransactionBytes, kMinTransactionBytes);
  return enough ? commit_lane() : Result<void>();
}

Result<void> PageStager::commit_lane() {
  FHIRBIN_TRY(lane_->commit());
  return lanes_->is_full(*lane_) ? end_lane() : Result<void>();
}

Result<void> PageStager::finish() {
  if (!lane_) {
    return {};
  }
  FHIRBIN_TRY(lane_->commit());
  return end_lane();
}

Result<void> PageStager::end_lane() {
  books_.push_back({.number = lane_->number(),
                    .pages = lane_->page_count(),
                    .stored_bytes = lane_->stored_bytes()});
  storage::VolumeWriter lane = *std::move(lane_);
  lane_.reset();
  return lanes_->release(std::move(lane));  // seals a full one
}

void PageStager::move_to(StagedContent& content) {
  content.chunks = std::move(chunks_);
  content.volumes = std::move(books_);
}

void PageStager::drop_lane() noexcept {
  if (lane_) {
    // Where there is no memory for it, the dead pages are left to gc.
    (void)guarded([&]() -> Result<void> {
      books_.push_back({.number = lane_->number(), .pages = 0, .stored_bytes = 0});
      return {};
    });
    lane_.reset();
  }
}

std::vector<std::uint32_t> PageStager::take_volume_numbers() {
  std::vector<std::uint32_t> numbers;
  for (const VolumeBooks& books : std::exchange(books_, {})) {
    numbers.push_back(books.number);
  }
  return numbers;
}

}  // namespace fhirbin::store
