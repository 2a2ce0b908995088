#pragma once

#include <cstdint>
#include <string>

#include "engine/storage/store_id.h"
#include "engine/util/hash.h"
#include "fhirbin/queries.h"

namespace fhirbin::storage {

// Where a version's content lies. Values are written to disk.
enum class Placement : std::uint8_t {
  kNone = 0,    // empty content, or a deletion
  kInline = 1,  // in the catalog
  kChunks = 2,  // in volumes, named by a chunk map
  kErased = 3,  // nowhere: nothing is left but the entry in the change feed; never loaded
};

// The most content, in bytes, that may lie in the catalog.
inline constexpr std::uint64_t kMaxInlineBytes = 1U << 20;

// One row of the version table: all that is known of a version but its content.
struct VersionRecord {
  std::uint64_t sequence = 0;
  std::uint64_t binary_key = 0;
  std::string id;  // of the Binary
  std::uint64_t number = 0;
  std::int64_t last_updated_ms = 0;             // since 1970
  ChangeAction action = ChangeAction::kCreate;  // kCreate, kUpdate or kDelete
  std::string content_type;
  std::string security_context;  // a minified Reference, or empty
  std::string elements;          // see engine/fhir/elements.h; opaque here
  std::uint64_t size_bytes = 0;  // decoded content
  Hash128 digest;                // of the decoded content, seed 0
  Placement placement = Placement::kNone;
  std::uint64_t stored_bytes = 0;  // inline content as stored; 0 for chunks
  std::uint64_t chunk_count = 0;
  Hash128 map_hash;  // over the encoded segments of the chunk map, in order; zero without one
};

// What people call a version by.
struct VersionName {
  std::string id;  // of the Binary
  std::uint64_t number = 0;
};

// The seal of a version record: XXH3-128 under the store's secret over the store id and every
// field, each with its length. A record that was altered or moved to another id, number or store
// does not match.
Hash128 compute_seal(const HashSecret& secret, const StoreId& store_id,
                     const VersionRecord& record);

}  // namespace fhirbin::storage
