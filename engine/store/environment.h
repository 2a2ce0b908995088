#pragma once

#include <memory>

#include "engine/chunk/cutter.h"
#include "engine/storage/seal_vfs.h"
#include "engine/util/clock.h"
#include "engine/util/random.h"

namespace fhirbin::store {

// What a store takes from the world around it, so that tests can put their own in its place. The
// pointers outlive every store that was opened with them.
struct Environment {
  Clock* clock = nullptr;
  Random* random = nullptr;
  const char* vfs = storage::kSealVfsName;
  // Written into new stores; the defaults were measured, see ARCHITECTURE.md.
  chunk::CutterParameters cutter;
  std::uint32_t volume_page_bytes = 16U << 10;    // SQLite page size of volumes
  std::uint64_t volume_limit_bytes = 256U << 20;  // how much a volume holds before it is sealed
};

// The machine's clock, the kernel's randomness, the system's files.
const Environment& system_environment();

}  // namespace fhirbin::store
