#include "engine/store/version_check.h"

#include <string>
#include <utility>

#include "engine/storage/sql.h"
#include "engine/storage/version_table.h"
#include "engine/store/content_reader.h"
#include "engine/store/kept_versions.h"
#include "engine/util/try.h"

namespace fhirbin::store {
namespace {

using storage::ChunkTable;
using storage::Connection;
using storage::Placement;
using storage::Statement;
using storage::VersionRecord;
using storage::VersionTable;

std::string chunk_name(std::uint64_t id) { return "chunk " + std::to_string(id); }

Result<void> check_map(Connection& connection, const storage::Settings& settings,
                       const VersionRecord& record, const CheckedChunks& checked) {
  FHIRBIN_TRY_ASSIGN(const auto map, VersionTable(connection, settings).load_map(record));
  ChunkTable chunks(connection);
  for (std::size_t i = 0; i < map.count(); ++i) {
    const chunk::ChunkMapEntry& entry = map.entry(i);
    FHIRBIN_TRY_ASSIGN(const auto row, chunks.find(entry.chunk_id));
    if (!row || row->raw_length != entry.length || row->hash != entry.hash) {
      return fail(ErrorCode::kCorrupt,
                  chunk_name(entry.chunk_id) + " is listed but not stored as listed");
    }
    if (checked.damaged.contains(entry.chunk_id)) {
      return fail(ErrorCode::kCorrupt, chunk_name(entry.chunk_id) + " is damaged");
    }
  }
  return {};
}

// All content, each chunk against its hash and the whole against its digest.
Result<void> check_bytes(Verification& verification, const VersionRecord& record) {
  FHIRBIN_TRY_ASSIGN(const auto reader, ContentReader::open(verification.store(), record));
  StreamingHash digest;
  std::uint64_t offset = 0;
  while (offset < record.size_bytes) {
    if (verification.stop()) {
      return {};
    }
    FHIRBIN_TRY_ASSIGN(const ByteSpan piece, reader->piece_at(offset));
    digest.update(piece);
    offset += piece.size();
    verification.count_bytes(piece.size());
    verification.tell_progress();
  }
  if (record.placement != Placement::kNone && digest.digest() != record.digest) {
    return fail(ErrorCode::kCorrupt, "the content fails its digest");
  }
  return {};
}

Result<void> check_content(Verification& verification, const CheckedChunks& checked,
                           std::uint64_t sequence) {
  const storage::Settings& settings = verification.store().settings();
  FHIRBIN_TRY_ASSIGN(const VersionRecord record,
                     verification.catalog().read([&](Connection& connection) {
                       return record_at(connection, settings, sequence);
                     }));
  if (record.placement == Placement::kChunks) {
    FHIRBIN_TRY(verification.catalog().read(
        [&](Connection& connection) { return check_map(connection, settings, record, checked); }));
  }
  return check_bytes(verification, record);
}

Result<void> note_version(Verification& verification, std::uint64_t sequence, std::string what) {
  std::string id;
  std::uint64_t number = 0;
  FHIRBIN_TRY(verification.catalog().read([&](Connection& connection) -> Result<void> {
    FHIRBIN_TRY_ASSIGN(Statement select, connection.prepare(storage::sql::kSelectVersionName));
    FHIRBIN_TRY_ASSIGN(const bool found, select.bind(1, sequence).step());
    if (found) {
      id = select.column_text(0);
      number = select.column_u64(1);
    }
    return {};
  }));
  verification.note(std::move(id), number, std::move(what));
  return {};
}

Result<void> check_version(Verification& verification, const CheckedChunks& checked,
                           std::uint64_t sequence) {
  verification.count_version();
  auto whole = check_content(verification, checked, sequence);
  if (whole || whole.error().code == ErrorCode::kGone) {
    return {};
  }
  if (!is_damage(whole.error())) {
    return whole;
  }
  return note_version(verification, sequence, std::move(whole.error().message));
}

Result<void> count_binaries(Verification& verification) {
  return verification.catalog().read([&](Connection& connection) -> Result<void> {
    FHIRBIN_TRY_ASSIGN(Statement count, connection.prepare(storage::sql::kCountBinaries));
    FHIRBIN_TRY(count.step());
    verification.set_binaries(count.column_u64(0) + count.column_u64(1));
    return {};
  });
}

}  // namespace

Result<void> check_versions(Verification& verification, const CheckedChunks& checked) {
  std::uint64_t after = 0;
  while (!verification.stop()) {
    FHIRBIN_TRY_ASSIGN(const auto sequences,
                       verification.catalog().read(
                           [&](Connection& connection) { return kept_after(connection, after); }));
    for (const std::uint64_t sequence : sequences) {
      after = sequence;
      FHIRBIN_TRY(check_version(verification, checked, sequence));
    }
    verification.tell_progress();
    if (sequences.empty()) {
      return count_binaries(verification);
    }
  }
  return {};
}

}  // namespace fhirbin::store
