#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "fhirbin/fhir_version.h"

namespace fhirbin {

// Content of one media type, over all kept versions.
struct MediaTypeStats {
  std::string content_type;  // without parameters, lower case
  std::uint64_t versions = 0;
  std::uint64_t logical_bytes = 0;  // decoded content
};

// Counts and sizes of a whole store, in bytes unless said otherwise.
struct StoreStats {
  FhirVersion fhir_version = FhirVersion::kR4;
  std::uint64_t format_version = 0;
  std::uint64_t sequence = 0;            // the last change
  std::uint64_t binaries = 0;            // not deleted
  std::uint64_t deleted = 0;             // Binaries whose head is a deletion
  std::uint64_t versions = 0;            // kept, deletions included
  std::uint64_t logical_bytes = 0;       // decoded content of all kept versions
  std::uint64_t inline_bytes = 0;        // stored bytes of content that lies in the catalog
  std::uint64_t chunks = 0;              // distinct and live
  std::uint64_t chunk_raw_bytes = 0;     // their decoded bytes, each once
  std::uint64_t chunk_stored_bytes = 0;  // the same as stored
  std::uint64_t shared_bytes = 0;        // decoded bytes that sharing did not store again
  std::uint64_t reclaimable_bytes = 0;   // dead bytes in volumes, for collect_garbage()
  std::uint64_t volumes = 0;
  std::uint64_t filling_volumes = 0;
  std::uint64_t volume_file_bytes = 0;
  std::uint64_t catalog_file_bytes = 0;
  std::uint64_t wal_bytes = 0;
  std::uint64_t pins = 0;  // live: uploads and exports that hold garbage back
  std::string sqlite_version;
  bool sqlite_has_wal_reset_bug = false;    // then excluded by the store's own lock
  std::vector<MediaTypeStats> media_types;  // largest first
};

}  // namespace fhirbin
