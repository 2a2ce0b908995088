#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "engine/storage/lanes.h"
#include "engine/storage/page_place.h"
#include "engine/store/staged_content.h"
#include "engine/store/work_share.h"
#include "engine/util/bytes.h"

namespace fhirbin::store {

// The lanes that one upload fills, its alone while it does. As long as its share of a store's lanes
// is more than one, a lane that holds enough is committed behind the caller's back, on a thread of
// its own for each commit: the next pages go into another lane meanwhile, so that nobody waits for
// the disk before it is busy. Thread-compatible.
class LaneRotation {
 public:
  LaneRotation(storage::Lanes& lanes, const WorkShare& share);
  LaneRotation(const LaneRotation&) = delete;
  LaneRotation& operator=(const LaneRotation&) = delete;
  // Waits for commits on their way, rolls back the rest, and leaves the volumes to the next writer.
  ~LaneRotation();

  // Appends a page, and begins a commit when there is enough for one. Errors: those of
  // Lanes::acquire(), VolumeWriter::append() and commit(), an earlier commit's too.
  Result<storage::PagePlace> append(ByteSpan stored);

  // The stored bytes of a page that lies in one of these lanes, committed or not; nullopt when it
  // lies elsewhere.
  Result<std::optional<ByteVector>> read(const storage::PagePlace& place);

  // Makes every page durable and gives the lanes back.
  Result<void> finish();
  // Waits for commits on their way and rolls back the rest; nothing after finish(). False when a
  // sync failed, so that it is not known what is on the disk.
  bool drop() noexcept;

  // The books of the volumes that pages went into; after finish(), or by number only after drop().
  std::vector<VolumeBooks> take_books();

 private:
  struct Behind;
  Result<void> commit();
  Result<void> begin_lane();
  Result<void> await_oldest();
  Result<void> end(storage::VolumeWriter lane);
  void note_dropped(std::uint32_t number) noexcept;

  storage::Lanes* lanes_;
  const WorkShare* share_;
  std::optional<storage::VolumeWriter> lane_;     // filled now
  std::vector<storage::VolumeWriter> committed_;  // to be filled next
  std::deque<std::unique_ptr<Behind>> behind_;    // being committed, oldest first
  std::vector<VolumeBooks> books_;
  std::uint64_t staged_bytes_ = 0;
};

}  // namespace fhirbin::store
