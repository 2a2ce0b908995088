#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "engine/storage/fork_guard.h"
#include "engine/storage/page_place.h"
#include "engine/storage/volume_context.h"
#include "engine/storage/volume_inspection.h"
#include "engine/storage/volume_pool.h"
#include "engine/util/bytes.h"

namespace fhirbin::storage {

// A page and how many bytes it has, according to the catalog.
struct StoredPage {
  PagePlace place;
  std::size_t length = 0;
};

// Reads pages of any volume of a store, over pooled connections. Sealed volumes are opened
// immutable and read without any lock; filling ones through their gate. Thread-safe.
class VolumeReader {
 public:
  // `read_only`: never write, not even to roll back a hot journal.
  VolumeReader(VolumeContext context, bool read_only);
  VolumeReader(const VolumeReader&) = delete;
  VolumeReader& operator=(const VolumeReader&) = delete;

  // Fills `stored`, as long as the catalog says, with the bytes of the page. Errors: kGone when the
  // volume's file is no longer there (look the chunk up again), kCorrupt when the page is missing,
  // has another length or fails its seal, kReadOnly for a hot journal that may not be rolled back
  // ("needs recovery"), kBusy at the gate, kIo.
  Result<void> read(const PagePlace& place, MutableByteSpan stored) {
    return read_part({.place = place, .length = stored.size()}, 0, stored);
  }

  // Fills `part` with the bytes of a page from `offset` on, no more than it has. SQLite pages
  // behind the part are not read, those before it only in a volume without a pointer map. Errors:
  // as above.
  Result<void> read_part(const StoredPage& page, std::size_t offset, MutableByteSpan part);

  // After dropping a file: closes the connections of `volume`, those in use as soon as they are
  // not.
  void forget(std::uint32_t volume);

  // Checks every SQLite page of a volume (integrity_check on a connection of its own, through the
  // gate where it is filling); an empty string when whole, else what is wrong in one line. Errors:
  // kBusy, kIo, kGone.
  Result<std::string> check_integrity(std::uint32_t volume, bool sealed);

  // Counts what a volume holds, likewise.
  Result<VolumeContents> count_contents(std::uint32_t volume, bool sealed);

 private:
  ForkGuard guard_;
  VolumePool pool_;
};

}  // namespace fhirbin::storage
