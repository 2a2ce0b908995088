#pragma once

#include <cstdint>

#include "engine/chunk/chunk_map.h"
#include "engine/storage/connection.h"
#include "engine/storage/settings.h"
#include "engine/storage/version_record.h"
#include "engine/util/bytes.h"
#include "engine/util/hash.h"
#include "fhirbin/error.h"

namespace fhirbin::storage {

// Inline content as it lies in the catalog.
struct InlineContent {
  std::uint8_t codec = 0;  // a codec::PageCodec
  ByteVector stored;
};

// What the catalog holds of a version's content: a chunk map, or inline content. A view on a
// connection; thread-compatible.
class ContentTable {
 public:
  ContentTable(Connection& catalog, const Settings& settings) noexcept
      : catalog_(&catalog), settings_(&settings) {}

  // Writes the chunk map of `sequence`.
  Result<void> insert_map(std::uint64_t sequence, const chunk::ChunkMap& map);
  // Errors: kCorrupt when the segments do not match the record, kGone when the version is no longer
  // there.
  Result<chunk::ChunkMap> load_map(const VersionRecord& record);

  Result<void> insert_inline(std::uint64_t sequence, std::uint8_t codec, ByteSpan stored);
  // Errors: kGone when the version is no longer there, kCorrupt when its length is wrong.
  Result<InlineContent> load_inline(const VersionRecord& record);

 private:
  Result<void> explain_missing_content(std::uint64_t sequence);

  Connection* catalog_;
  const Settings* settings_;
};

// What VersionRecord::map_hash holds for `map`: XXH3-128 under `secret` over its encoded segments
// in order.
Hash128 compute_map_hash(const HashSecret& secret, const chunk::ChunkMap& map);

}  // namespace fhirbin::storage
