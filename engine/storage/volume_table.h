#pragma once

#include <cstdint>
#include <vector>

#include "engine/storage/connection.h"
#include "engine/util/random.h"
#include "fhirbin/error.h"

namespace fhirbin::storage {

// Values are written to disk.
enum class VolumeState : std::uint8_t {
  kFilling = 1,   // whoever holds its filler lock may append
  kSealed = 2,    // never changed again
  kDropping = 3,  // nothing lives in it; its file is being removed
};

struct VolumeRow {
  std::uint32_t number = 0;
  VolumeState state = VolumeState::kFilling;
  std::uint64_t pages = 0;         // as far as the books know; exact once sealed
  std::uint64_t stored_bytes = 0;  // of those pages
  std::uint64_t sealed_sequence = 0;
};

struct VolumeSums {
  std::uint64_t chunks = 0;
  std::uint64_t live_bytes = 0;   // of chunks that versions reference
  std::uint64_t named_bytes = 0;  // of all chunks that the catalog still names
};

// The books of the volumes. A view on a connection; thread-compatible.
class VolumeTable {
 public:
  explicit VolumeTable(Connection& catalog) noexcept : catalog_(&catalog) {}

  // A new filling volume without pages; returns its number, never used before.
  Result<std::uint32_t> insert(Random& random);
  Result<std::vector<VolumeRow>> all();
  Result<std::vector<VolumeRow>> filling();
  Result<void> set_books(std::uint32_t number, std::uint64_t pages, std::uint64_t stored_bytes);
  Result<void> set_sealed(std::uint32_t number, std::uint64_t pages, std::uint64_t stored_bytes,
                          std::uint64_t sequence);
  // False when it is not sealed or a chunk still names it.
  Result<bool> set_dropping(std::uint32_t number);
  Result<void> erase(std::uint32_t number);
  Result<VolumeSums> sums(std::uint32_t number);

 private:
  Connection* catalog_;
};

}  // namespace fhirbin::storage
