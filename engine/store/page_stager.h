#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "engine/codec/page_codec.h"
#include "engine/storage/lanes.h"
#include "engine/storage/volume_reader.h"
#include "engine/store/lane_rotation.h"
#include "engine/store/page_job.h"
#include "engine/store/staged_content.h"
#include "engine/store/work_share.h"

namespace fhirbin::store {

// Writes the chunks of one upload, in order, into its lanes. A chunk that repeats an earlier one of
// the upload gets no second page. Thread-compatible.
class PageStager {
 public:
  PageStager(storage::VolumeReader& volumes, storage::Lanes& lanes, const WorkShare& share)
      : volumes_(&volumes), rotation_(lanes, share) {}

  // Takes the next chunk, prepared.
  Result<void> stage(PageJob& job);

  // Makes every page durable and gives the lanes back.
  Result<void> finish() { return rotation_.finish(); }
  // The chunks in order, and the books of the volumes; after finish().
  void move_to(StagedContent& content);

  // Rolls back what is not committed, and leaves the volumes to the next writer; nothing after
  // finish(). False when a sync failed, so that it is not known what is on the disk.
  bool drop_lanes() noexcept { return rotation_.drop(); }
  // The volumes that pages went into; after drop_lanes().
  std::vector<std::uint32_t> take_volume_numbers();

 private:
  Result<bool> stage_repeat(const PageJob& job);
  Result<ByteVector> load(const StagedChunk& staged);
  Result<void> append_page(const PageJob& job);

  storage::VolumeReader* volumes_;
  LaneRotation rotation_;
  codec::PageDecoder repeat_decoder_;
  std::unordered_multimap<Hash128, std::size_t> staged_by_hash_;  // to chunks_
  std::vector<StagedChunk> chunks_;
};

}  // namespace fhirbin::store
