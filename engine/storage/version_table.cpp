#include "engine/storage/version_table.h"

#include <limits>

#include "engine/storage/sql.h"
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

Result<void> read_hash(ByteSpan column, Hash128& hash) {
  if (column.size() != hash.bytes.size()) {
    return fail(ErrorCode::kCorrupt, "a version record has a malformed hash");
  }
  std::memcpy(hash.bytes.data(), column.data(), column.size());
  return {};
}

// What every record of the engine's own is, seal or not: so that arithmetic on its fields is safe.
bool is_plausible(const VersionRecord& record) {
  constexpr std::uint64_t kMaxInlineBytes = 1U << 20;
  constexpr std::uint64_t kEnd = std::numeric_limits<std::int64_t>::max();
  const bool empty = record.size_bytes == 0 && record.chunk_count == 0 && record.stored_bytes == 0;
  switch (record.placement) {
    case Placement::kNone:
      if (!empty) {
        return false;
      }
      break;
    case Placement::kInline:
      if (record.size_bytes > kMaxInlineBytes) {
        return false;
      }
      [[fallthrough]];
    case Placement::kChunks:
      if (record.action == ChangeAction::kDelete) {
        return false;
      }
      break;
    default:
      return false;
  }
  const bool known_action = record.action == ChangeAction::kCreate ||
                            record.action == ChangeAction::kUpdate ||
                            record.action == ChangeAction::kDelete;
  return known_action && record.number >= 1 && record.number < kEnd && record.size_bytes < kEnd &&
         record.last_updated_ms < std::numeric_limits<std::int64_t>::max();
}

}  // namespace

Hash128 compute_map_hash(const HashSecret& secret, const chunk::ChunkMap& map) {
  MapHasher hasher(secret);
  for (std::size_t segment = 0; segment < map.segment_count(); ++segment) {
    hasher.add(map.encode_segment(segment));
  }
  return hasher.finish();
}

Result<std::optional<BinaryRow>> VersionTable::find_binary(std::string_view id) {
  FHIRBIN_TRY_ASSIGN(Statement query, catalog_->prepare(sql::kSelectBinary));
  FHIRBIN_TRY_ASSIGN(const bool found, query.bind(1, id).step());
  if (!found) {
    return std::optional<BinaryRow>();
  }
  return BinaryRow{.key = query.column_u64(0),
                   .id = std::string(id),
                   .head_number = query.column_u64(1),
                   .head_sequence = query.column_u64(2)};
}

Result<std::uint64_t> VersionTable::insert_binary(std::string_view id) {
  FHIRBIN_TRY_ASSIGN(Statement insert, catalog_->prepare(sql::kInsertBinary));
  FHIRBIN_TRY(insert.bind(1, id).run());
  return catalog_->last_insert_rowid();
}

Result<void> VersionTable::set_head(std::uint64_t binary_key, std::uint64_t number,
                                    std::uint64_t sequence) {
  FHIRBIN_TRY_ASSIGN(Statement update, catalog_->prepare(sql::kUpdateHead));
  return update.bind(1, binary_key).bind(2, number).bind(3, sequence).run();
}

Result<std::vector<BinaryRow>> VersionTable::binaries_after(std::string_view after,
                                                            std::uint32_t limit) {
  FHIRBIN_TRY_ASSIGN(Statement query, catalog_->prepare(sql::kSelectBinariesAfter));
  query.bind(1, after).bind(2, std::uint64_t{limit});
  std::vector<BinaryRow> rows;
  while (true) {
    FHIRBIN_TRY_ASSIGN(const bool found, query.step());
    if (!found) {
      return rows;
    }
    rows.push_back({.key = query.column_u64(0),
                    .id = std::string(query.column_text(1)),
                    .head_number = query.column_u64(2),
                    .head_sequence = query.column_u64(3)});
  }
}

Result<std::optional<VersionRecord>> VersionTable::find_version(std::uint64_t binary_key,
                                                                std::uint64_t number) {
  FHIRBIN_TRY_ASSIGN(Statement query, catalog_->prepare(sql::kSelectVersion));
  query.bind(1, binary_key).bind(2, number);
  return first_of(query);
}

Result<VersionRecord> VersionTable::head_of(const BinaryRow& binary) {
  FHIRBIN_TRY_ASSIGN(Statement query, catalog_->prepare(sql::kSelectVersionAtSequence));
  query.bind(1, binary.head_sequence);
  FHIRBIN_TRY_ASSIGN(auto record, first_of(query));
  if (!record || record->id != binary.id || record->number != binary.head_number) {
    return fail(ErrorCode::kCorrupt, "the head of a Binary is missing or another's");
  }
  return std::move(*record);
}

Result<std::vector<VersionRecord>> VersionTable::collect(Statement& query) {
  std::vector<VersionRecord> records;
  while (true) {
    FHIRBIN_TRY_ASSIGN(const bool found, query.step());
    if (!found) {
      return records;
    }
    FHIRBIN_TRY_ASSIGN(VersionRecord record, read_row(query));
    record.elements = {};
    records.push_back(std::move(record));
  }
}

Result<std::optional<VersionRecord>> VersionTable::first_of(Statement& query) {
  FHIRBIN_TRY_ASSIGN(const bool found, query.step());
  if (!found) {
    return std::optional<VersionRecord>();
  }
  FHIRBIN_TRY_ASSIGN(VersionRecord record, read_row(query));
  return std::optional<VersionRecord>(std::move(record));
}

Result<VersionRecord> VersionTable::read_row(const Statement& query) const {
  VersionRecord record{.sequence = query.column_u64(0),
                       .binary_key = query.column_u64(1),
                       .number = query.column_u64(2),
                       .last_updated_ms = query.column_i64(3),
                       .action = static_cast<ChangeAction>(query.column_u64(4)),
                       .content_type = std::string(query.column_text(5)),
                       .security_context = std::string(query.column_text(6)),
                       .elements = std::string(query.column_text(7)),
                       .size_bytes = query.column_u64(8),
                       .digest = {},
                       .placement = static_cast<Placement>(query.column_u64(10)),
                       .stored_bytes = query.column_u64(11),
                       .chunk_count = query.column_u64(12),
                       .map_hash = {},
                       .id = std::string(query.column_text(15))};
  Hash128 seal;
  FHIRBIN_TRY(read_hash(query.column_bytes(9), record.digest));
  FHIRBIN_TRY(read_hash(query.column_bytes(13), record.map_hash));
  FHIRBIN_TRY(read_hash(query.column_bytes(14), seal));
  if (seal != compute_seal(settings_->hash_secret, settings_->store_id, record)) {
    return fail(ErrorCode::kCorrupt,
                "version record " + std::to_string(record.sequence) + " fails its seal");
  }
  if (!is_plausible(record)) {
    return fail(ErrorCode::kCorrupt,
                "version record " + std::to_string(record.sequence) + " contradicts itself");
  }
  return record;
}

Result<void> VersionTable::insert_version(const VersionRecord& record) {
  const Hash128 seal = compute_seal(settings_->hash_secret, settings_->store_id, record);
  FHIRBIN_TRY_ASSIGN(Statement insert, catalog_->prepare(sql::kInsertVersion));
  insert.bind(1, record.sequence).bind(2, record.binary_key).bind(3, record.number);
  insert.bind(4, record.last_updated_ms).bind(5, static_cast<std::uint64_t>(record.action));
  insert.bind(6, record.content_type).bind(7, record.security_context).bind(8, record.elements);
  insert.bind(9, record.size_bytes).bind(10, ByteSpan(record.digest.bytes));
  insert.bind(11, static_cast<std::uint64_t>(record.placement)).bind(12, record.stored_bytes);
  insert.bind(13, record.chunk_count).bind(14, ByteSpan(record.map_hash.bytes));
  insert.bind(15, ByteSpan(seal.bytes));
  return insert.run();
}

Result<void> VersionTable::hide(std::uint64_t sequence, std::uint64_t purge_sequence) {
  FHIRBIN_TRY_ASSIGN(Statement update, catalog_->prepare(sql::kHideVersion));
  return update.bind(1, sequence).bind(2, purge_sequence).run();
}

Result<void> VersionTable::erase_hidden(std::uint64_t sequence) {
  for (const char* const statement : {sql::kDeleteInline, sql::kDeleteMap, sql::kDeleteVersion}) {
    FHIRBIN_TRY_ASSIGN(Statement erase, catalog_->prepare(statement));
    FHIRBIN_TRY(erase.bind(1, sequence).run());
  }
  return {};
}

Result<void> VersionTable::insert_map(std::uint64_t sequence, const chunk::ChunkMap& map) {
  FHIRBIN_TRY_ASSIGN(Statement insert, catalog_->prepare(sql::kInsertMapSegment));
  for (std::size_t segment = 0; segment < map.segment_count(); ++segment) {
    const ByteVector entries = map.encode_segment(segment);
    insert.bind(1, sequence).bind(2, std::uint64_t{segment}).bind(3, ByteSpan(entries));
    FHIRBIN_TRY(insert.run());
    insert.reset();
  }
  return {};
}

Result<chunk::ChunkMap> VersionTable::load_map(const VersionRecord& record) {
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
Result<void> VersionTable::explain_missing_content(std::uint64_t sequence) {
  FHIRBIN_TRY_ASSIGN(Statement query, catalog_->prepare(sql::kSelectVersionName));
  FHIRBIN_TRY_ASSIGN(const bool found, query.bind(1, sequence).step());
  if (!found) {
    return fail(ErrorCode::kGone, "the version was purged");
  }
  return fail(ErrorCode::kCorrupt,
              "the content of version record " + std::to_string(sequence) + " is missing");
}

Result<bool> VersionTable::is_kept(std::uint64_t sequence) {
  FHIRBIN_TRY_ASSIGN(Statement query, catalog_->prepare(sql::kSelectIsKept));
  return query.bind(1, sequence).step();
}

Result<void> VersionTable::insert_inline(std::uint64_t sequence, std::uint8_t codec,
                                         ByteSpan stored) {
  FHIRBIN_TRY_ASSIGN(Statement insert, catalog_->prepare(sql::kInsertInline));
  return insert.bind(1, sequence).bind(2, std::uint64_t{codec}).bind(3, stored).run();
}

Result<InlineContent> VersionTable::load_inline(const VersionRecord& record) {
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
