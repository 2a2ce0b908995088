#include "engine/storage/version_row.h"

#include <cstring>
#include <limits>
#include <string>
#include <utility>

#include "engine/util/try.h"

namespace fhirbin::storage {
namespace {

Result<void> read_hash(ByteSpan column, Hash128& hash) {
  if (column.size() != hash.bytes.size()) {
    return fail(ErrorCode::kCorrupt, "a version record has a malformed hash");
  }
  std::memcpy(hash.bytes.data(), column.data(), column.size());
  return {};
}

// The seal covers one byte of each of these columns, so they must hold no more.
Result<std::uint8_t> read_byte(std::uint64_t column) {
  if (column > std::numeric_limits<std::uint8_t>::max()) {
    return fail(ErrorCode::kCorrupt, "a version record has an action or a placement out of range");
  }
  return static_cast<std::uint8_t>(column);
}

// What every record of the engine's own is, seal or not: so that arithmetic on its fields is safe.
bool is_plausible(const VersionRecord& record) {
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

Result<VersionRecord> read_row(const Statement& query, const Settings& settings) {
  FHIRBIN_TRY_ASSIGN(const std::uint8_t action, read_byte(query.column_u64(5)));
  FHIRBIN_TRY_ASSIGN(const std::uint8_t placement, read_byte(query.column_u64(11)));
  VersionRecord record{.sequence = query.column_u64(0),
                       .binary_key = query.column_u64(1),
                       .id = std::string(query.column_text(2)),
                       .number = query.column_u64(3),
                       .last_updated_ms = query.column_i64(4),
                       .action = ChangeAction{action},
                       .content_type = std::string(query.column_text(6)),
                       .security_context = std::string(query.column_text(7)),
                       .elements = std::string(query.column_text(8)),
                       .size_bytes = query.column_u64(9),
                       .digest = {},
                       .placement = Placement{placement},
                       .stored_bytes = query.column_u64(12),
                       .chunk_count = query.column_u64(13),
                       .map_hash = {}};
  Hash128 seal;
  FHIRBIN_TRY(read_hash(query.column_bytes(10), record.digest));
  FHIRBIN_TRY(read_hash(query.column_bytes(14), record.map_hash));
  FHIRBIN_TRY(read_hash(query.column_bytes(15), seal));
  if (seal != compute_seal(settings.hash_secret, settings.store_id, record)) {
    return fail(ErrorCode::kCorrupt,
                "version record " + std::to_string(record.sequence) + " fails its seal");
  }
  if (!is_plausible(record)) {
    return fail(ErrorCode::kCorrupt,
                "version record " + std::to_string(record.sequence) + " contradicts itself");
  }
  return record;
}

}  // namespace

Result<std::vector<VersionRecord>> collect_versions(Statement& query, const Settings& settings) {
  std::vector<VersionRecord> records;
  while (true) {
    FHIRBIN_TRY_ASSIGN(const bool found, query.step());
    if (!found) {
      return records;
    }
    FHIRBIN_TRY_ASSIGN(VersionRecord record, read_row(query, settings));
    record.elements = {};
    records.push_back(std::move(record));
  }
}

Result<void> check_owner(const VersionRecord& record, const BinaryRow& binary) {
  if (record.id != binary.id) {
    return fail(ErrorCode::kCorrupt, "a version of a Binary is another's");
  }
  return {};
}

Result<std::optional<VersionRecord>> first_version(Statement& query, const Settings& settings) {
  FHIRBIN_TRY_ASSIGN(const bool found, query.step());
  if (!found) {
    return std::optional<VersionRecord>();
  }
  FHIRBIN_TRY_ASSIGN(VersionRecord record, read_row(query, settings));
  return std::optional<VersionRecord>(std::move(record));
}

}  // namespace fhirbin::storage
