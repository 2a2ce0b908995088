#pragma once

#include <cstdint>
#include <string>

#include "engine/storage/connection.h"
#include "engine/storage/cursor.h"
#include "fhirbin/error.h"

namespace fhirbin::storage {

struct BinaryCounts {
  std::uint64_t present = 0;
  std::uint64_t deleted = 0;
};

struct VersionSums {
  std::uint64_t versions = 0;
  std::uint64_t content_bytes = 0;  // decoded, of all of them
  std::uint64_t inline_bytes = 0;   // as stored in the catalog
  std::uint64_t chunked_bytes = 0;  // decoded, of those whose content lies in chunks
};

struct ChunkSums {
  std::uint64_t chunks = 0;
  std::uint64_t raw_bytes = 0;
  std::uint64_t stored_bytes = 0;
};

struct ContentTypeRow {
  std::string content_type;  // as kept: with its case and parameters
  std::uint64_t content_bytes = 0;
};

// Figures over whole tables: each reads all rows. A view on a connection; thread-compatible.
class CatalogFigures {
 public:
  explicit CatalogFigures(Connection& catalog) noexcept : catalog_(&catalog) {}

  Result<BinaryCounts> count_binaries();
  // Of kept versions.
  Result<VersionSums> sum_versions();
  // Of chunks that versions reference.
  Result<ChunkSums> sum_chunks();
  // One row for each kept version but deletions.
  Result<Cursor<ContentTypeRow>> content_types();

 private:
  Connection* catalog_;
};

}  // namespace fhirbin::storage
