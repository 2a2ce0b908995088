#pragma once

#include <cstdint>
#include <vector>

#include "engine/storage/catalog.h"
#include "engine/storage/volume_writer.h"
#include "engine/util/mutex.h"
#include "engine/util/random.h"
#include "fhirbin/error.h"

namespace fhirbin::storage {

// Hands out filling volumes to write pages into: one that this process still holds, one that
// somebody released or left behind in a crash, or a new one. Thread-safe.
class Lanes {
 public:
  Lanes(Catalog& catalog, VolumeContext context, Random& random);

  // A volume that is the caller's alone until it is given back. Errors: kNoSpace, kBusy, kIo,
  // kReadOnly.
  Result<VolumeWriter> acquire();

  // Takes back a lane whose pages are all committed. A full one is sealed.
  Result<void> release(VolumeWriter lane);

  // Whether the lane holds enough to be sealed and exchanged for another.
  bool is_full(const VolumeWriter& lane) const noexcept;

  // Whether it holds enough, a sixteenth of the limit, to be sealed early where speed of reading
  // matters: sealed volumes are read without locks, but many small ones crowd the folder.
  bool is_worth_sealing(const VolumeWriter& lane) const noexcept;

  // Seals the file and then the books; the lane is gone afterwards.
  Result<void> seal(VolumeWriter lane);

  // Takes a given filling volume, if nobody else fills it; an idle one of this process counts as
  // free.
  Result<std::optional<VolumeWriter>> take(std::uint32_t number);

  // Lets go of the idle lanes, so that other processes can fill them.
  void close_idle();

 private:
  std::optional<VolumeWriter> take_idle();
  Result<std::optional<VolumeWriter>> adopt(std::uint32_t number);
  Result<std::optional<VolumeWriter>> adopt_any();
  Result<VolumeWriter> start_new();

  Catalog* catalog_;
  const VolumeContext context_;
  Random* random_;
  Mutex mutex_;
  std::vector<VolumeWriter> idle_ FHIRBIN_GUARDED_BY(mutex_);
};

}  // namespace fhirbin::storage
