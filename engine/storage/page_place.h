#pragma once

#include <cstdint>

namespace fhirbin::storage {

// Where a chunk's bytes lie, as the catalog says at some moment.
struct PagePlace {
  std::uint32_t volume = 0;
  std::uint64_t page = 0;
  bool sealed = false;  // the volume was sealed at that moment
};

}  // namespace fhirbin::storage
