#include "engine/store/page_stager.h"

#include <utility>

#include "engine/util/try.h"

namespace fhirbin::store {
namespace {

// Whether a part of the page can be read by itself: it is not compressed, and more than one block.
bool has_parts(const PageJob& job) {
  return job.codec == codec::PageCodec::kRaw && job.block_hashes.size() > 1;
}

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
    FHIRBIN_TRY_ASSIGN(const ByteVector stored, load(earlier));
    ByteVector raw(earlier.length);
    FHIRBIN_TRY(repeat_decoder_.decode(static_cast<codec::PageCodec>(earlier.codec), stored, raw));
    if (equal_bytes(raw, job.raw)) {
      chunks_.push_back(earlier);
      chunks_.back().block_hashes = {};  // the first one's are for all
      return true;
    }
  }
  return false;
}

Result<ByteVector> PageStager::load(const StagedChunk& staged) {
  FHIRBIN_TRY_ASSIGN(auto in_lane, rotation_.read(staged.place));
  if (in_lane) {
    return *std::move(in_lane);
  }
  ByteVector stored(staged.stored_length);
  FHIRBIN_TRY(volumes_->read(staged.place, stored));
  return stored;
}

Result<void> PageStager::append_page(const PageJob& job) {
  const ByteSpan stored = job.stored();
  FHIRBIN_TRY_ASSIGN(const storage::PagePlace place, rotation_.append(stored));
  staged_by_hash_.emplace(job.hash, chunks_.size());
  chunks_.push_back({.hash = job.hash,
                     .length = static_cast<std::uint32_t>(job.raw.size()),
                     .shared_id = 0,
                     .stored_length = static_cast<std::uint32_t>(stored.size()),
                     .codec = static_cast<std::uint8_t>(job.codec),
                     .block_hashes = has_parts(job) ? job.block_hashes : std::vector<Hash128>(),
                     .place = place});
  return {};
}

void PageStager::move_to(StagedContent& content) {
  content.chunks = std::move(chunks_);
  content.volumes = rotation_.take_books();
}

std::vector<std::uint32_t> PageStager::take_volume_numbers() {
  std::vector<std::uint32_t> numbers;
  for (const VolumeBooks& books : rotation_.take_books()) {
    numbers.push_back(books.number);
  }
  return numbers;
}

}  // namespace fhirbin::store
