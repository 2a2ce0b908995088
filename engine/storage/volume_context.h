#pragma once

#include <cstdint>
#include <string>

#include "engine/storage/seal_vfs.h"
#include "engine/storage/store_id.h"
#include "engine/storage/store_paths.h"

namespace fhirbin::storage {

// What all volumes of a store have in common. A value.
struct VolumeContext {
  StorePaths paths;
  StoreId store_id;
  std::uint32_t sqlite_page_bytes = 16U << 10;
  std::uint32_t busy_timeout_ms = 5000;
  const char* vfs = kSealVfsName;
};

// How messages call a volume.
inline std::string volume_name(std::uint32_t number) { return "volume " + std::to_string(number); }

}  // namespace fhirbin::storage
