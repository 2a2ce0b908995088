#include "engine/store/version_check.h"

#include <string>
#include <utility>
#include <vector>

#include "engine/storage/catalog_figures.h"
#include "engine/storage/content_table.h"
#include "engine/storage/version_table.h"
#include "engine/store/content_reader.h"
#include "engine/util/try.h"

namespace fhirbin::store {
namespace {

using storage::ChunkTable;
using storage::Connection;
using storage::Placement;
using storage::VersionRecord;
using storage::VersionTable;

std::string chunk_name(std::uint64_t id) { return "chunk " + std::to_string(id); }

Result<void> check_map(Connection& connection, const storage::Settings& settings,
                       const VersionRecord& record, const CheckedChunks& checked) {
  FHIRBIN_TRY_ASSIGN(const auto map, storage::ContentTable(connection, settings).load_map(record));
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
                       return VersionTable(connection, settings).load_at(sequence);
                     }));
  if (record.placement == Placement::kChunks) {
    FHIRBIN_TRY(verification.catalog().read(
        [&](Connection& connection) { return check_map(connection, settings, record, checked); }));
  }
  return check_bytes(verification, record);
}

Result<void> note_version(Verification& verification, std::uint64_t sequence, std::string what) {
  FHIRBIN_TRY_ASSIGN(const auto found, verification.catalog().read([&](Connection& connection) {
    return VersionTable(connection, verification.store().settings()).name_of(sequence);
  }));
  auto name = found.value_or(storage::VersionName());
  verification.note(std::move(name.id), name.number, std::move(what));
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

// What was purged and is not erased yet is served to nobody but older snapshots, yet its record
// tells the change feed what it was.
Result<void> check_hidden(Verification& verification, std::uint64_t sequence) {
  auto record = verification.catalog().read([&](Connection& connection) {
    return VersionTable(connection, verification.store().settings()).find_at(sequence);
  });
  if (record) {
    return {};
  }
  return is_damage(record.error())
             ? note_version(verification, sequence, std::move(record.error().message))
             : pass_on(record);
}

using ListAfter = Result<std::vector<std::uint64_t>> (VersionTable::*)(std::uint64_t,
                                                                       std::uint32_t);

// Calls `check` for each sequence that `list` gives, some hundred of them in one short read.
template <typename Check>
Result<void> check_each(Verification& verification, ListAfter list, Check check) {
  constexpr std::uint32_t kRowsPerLook = 256;
  std::uint64_t after = 0;
  while (!verification.stop()) {
    FHIRBIN_TRY_ASSIGN(const auto sequences,
                       verification.catalog().read([&](Connection& connection) {
                         VersionTable versions(connection, verification.store().settings());
                         return (versions.*list)(after, kRowsPerLook);
                       }));
    for (const std::uint64_t sequence : sequences) {
      after = sequence;
      FHIRBIN_TRY(check(sequence));
    }
    verification.tell_progress();
    if (sequences.empty()) {
      break;
    }
  }
  return {};
}

Result<void> count_binaries(Verification& verification) {
  FHIRBIN_TRY_ASSIGN(const auto counts, verification.catalog().read([](Connection& connection) {
    return storage::CatalogFigures(connection).count_binaries();
  }));
  verification.set_binaries(counts.present + counts.deleted);
  return {};
}

}  // namespace

Result<void> check_versions(Verification& verification, const CheckedChunks& checked) {
  FHIRBIN_TRY(check_each(verification, &VersionTable::kept_after, [&](std::uint64_t sequence) {
    return check_version(verification, checked, sequence);
  }));
  FHIRBIN_TRY(check_each(verification, &VersionTable::hidden_after, [&](std::uint64_t sequence) {
    return check_hidden(verification, sequence);
  }));
  return verification.stop() ? Result<void>() : count_binaries(verification);
}

}  // namespace fhirbin::store
