#include "engine/storage/content_table.h"

#include <string>

#include "engine/storage/sql.h"
#include "engine/storage/statement.h"
#include "engine/util/try.h"

namespace fhirbin::storage {
namespace {

// A map of 2^36 bytes in chunks of 64 KiB has a million entries; its segments hash one by one, so
// that no copy of the whole map is needed.
class MapHasher {
 public:
  explicit MapHasher(const HashSecret& secret) : secret_(&secret) {}
  void add(ByteSpan segment) { append_bytes(hashes_, compute_hash(*secret_, segment).bytes); }
  Hash128 finish() const { return compute_hash(*secret_, hashes_); }

 private:
  const HashSecret* secret_;
  ByteVector hashes_;
};

}  // namespace

Hash128 compute_map_hash(const HashSecret& secret, const chunk::ChunkMap& map) {
  MapHasher hasher(secret);
  for (std::size_t segment = 0; segment < map.segment_count(); ++segment) {
    hasher.add(map.encode_segment(segment));
  }
  return hasher.finish();
}

Result<void> ContentTable::insert_map(std::uint64_t sequence, const chunk::ChunkMap& map) {
  FHIRBIN_TRY_ASSIGN(Statement insert, catalog_->prepare(sql::kInsertMapSegment));
  for (std::size_t segment = 0; segment < map.segment_count(); ++segment) {
    const ByteVector entries = map.encode_segment(segment);
    insert.bind(1, sequence).bind(2, std::uint64_t{segment}).bind(3, ByteSpan(entries));
    FHIRBIN_TRY(insert.run());
    insert.reset();
  }
  return {};
}

Result<chunk::ChunkMap> ContentTable::load_map(const VersionRecord& record) {
  FHIRBIN_TRY_ASSIGN(Statement query, catalog_->prepare(sql::kSelectMap));
  query.bind(1, record.sequence);
  chunk::ChunkMap map;
  MapHasher hasher(settings_->hash_secret);
  for (std::uint64_t segment = 0;; ++segment) {
    FHIRBIN_TRY_ASSIGN(const bool found, query.step());
    if (!found) {
      break;
    }
    if (query.column_u64(0) != segment) {
      return fail(ErrorCode::kCorrupt, "a chunk map lacks a segment");
    }
    hasher.add(query.column_bytes(1));
    FHIRBIN_TRY(map.append_segment(query.column_bytes(1)));
  }
  if (map.count() == 0 && record.chunk_count != 0) {
    FHIRBIN_TRY(explain_missing_content(record.sequence));
  }
  if (map.count() != record.chunk_count || map.size_bytes() != record.size_bytes ||
      hasher.finish() != record.map_hash) {
    return fail(ErrorCode::kCorrupt, "the chunk map of version record " +
                                         std::to_string(record.sequence) + " fails its hash");
  }
  return map;
}

// Content goes with its version, in one transaction: so only without the version was it purged.
Result<void> ContentTable::explain_missing_content(std::uint64_t sequence) {
  FHIRBIN_TRY_ASSIGN(Statement query, catalog_->prepare(sql::kSelectVersionName));
  FHIRBIN_TRY_ASSIGN(const bool found, query.bind(1, sequence).step());
  if (!found) {
    return fail(ErrorCode::kGone, "the version was purged");
  }
  return fail(ErrorCode::kCorrupt,
              "the content of version record " + std::to_string(sequence) + " is missing");
}

Result<void> ContentTable::insert_inline(std::uint64_t sequence, std::uint8_t codec,
                                         ByteSpan stored) {
  FHIRBIN_TRY_ASSIGN(Statement insert, catalog_->prepare(sql::kInsertInline));
  return insert.bind(1, sequence).bind(2, std::uint64_t{codec}).bind(3, stored).run();
}

Result<InlineContent> ContentTable::load_inline(const VersionRecord& record) {
  FHIRBIN_TRY_ASSIGN(Statement query, catalog_->prepare(sql::kSelectInline));
  FHIRBIN_TRY_ASSIGN(const bool found, query.bind(1, record.sequence).step());
  if (!found) {
    FHIRBIN_TRY(explain_missing_content(record.sequence));
    return fail(ErrorCode::kCorrupt, "inline content is missing");
  }
  const ByteSpan stored = query.column_bytes(1);
  if (stored.size() != record.stored_bytes) {
    return fail(ErrorCode::kCorrupt, "inline content has another length than its record says");
  }
  return InlineContent{.codec = static_cast<std::uint8_t>(query.column_u64(0)),
                       .stored = {stored.begin(), stored.end()}};
}

}  // namespace fhirbin::storage
