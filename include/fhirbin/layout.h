#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "fhirbin/version_info.h"

namespace fhirbin {

// Where one chunk of a version lies. For inspection, not for reading.
struct ChunkLayout {
  std::uint64_t offset = 0;  // in the content
  std::uint64_t chunk_id = 0;
  std::uint32_t raw_bytes = 0;
  std::uint32_t stored_bytes = 0;
  std::string codec;             // "raw" or "zstd"
  std::uint64_t references = 0;  // how often kept versions use it
  std::uint64_t volume = 0;
  std::uint64_t page = 0;
};

// The physical structure of one version.
struct VersionLayout {
  VersionInfo info;
  std::string placement;           // "none" (a deletion or empty), "inline" or "chunks"
  std::uint64_t stored_bytes = 0;  // inline content as stored, or the sum over the chunks
  std::string elements;            // the kept FHIR elements as JSON
  std::vector<ChunkLayout> chunks;
};

// One volume of the store.
struct VolumeLayout {
  std::uint64_t number = 0;
  std::string state;  // "filling", "sealed" or "dropping"
  std::uint64_t pages = 0;
  std::uint64_t stored_bytes = 0;
  std::uint64_t live_bytes = 0;
  std::uint64_t file_bytes = 0;
};

// The physical structure of a store.
struct StoreLayout {
  std::vector<std::pair<std::string, std::string>> settings;  // secrets are left out
  std::vector<VolumeLayout> volumes;
};

}  // namespace fhirbin
