#include "engine/storage/version_table.h"

#include <string>
#include <utility>

#include "engine/storage/change_table.h"
#include "engine/storage/sql.h"
#include "engine/storage/version_row.h"
#include "engine/util/try.h"

namespace fhirbin::storage {
namespace {

std::uint64_t read_number(const Statement& query) { return query.column_u64(0); }

Result<std::vector<std::uint64_t>> collect_numbers(Statement query) {
  return Cursor<std::uint64_t>(std::move(query), read_number).collect();
}

HiddenVersion read_hidden(const Statement& query) {
  return {.sequence = query.column_u64(0), .catalog_bytes = query.column_u64(1)};
}

}  // namespace

Result<std::optional<VersionRecord>> VersionTable::find(const BinaryRow& binary,
                                                        std::uint64_t number) {
  FHIRBIN_TRY_ASSIGN(Statement query, catalog_->prepare(sql::kSelectVersion));
  query.bind(1, binary.key).bind(2, number);
  FHIRBIN_TRY_ASSIGN(auto record, first_version(query, *settings_));
  if (record) {
    FHIRBIN_TRY(check_owner(*record, binary));
  }
  return record;
}

Result<std::optional<VersionRecord>> VersionTable::find_at(std::uint64_t sequence) {
  FHIRBIN_TRY_ASSIGN(Statement query, catalog_->prepare(sql::kSelectVersionAtSequence));
  query.bind(1, sequence);
  return first_version(query, *settings_);
}

Result<VersionRecord> VersionTable::load_at(std::uint64_t sequence) {
  FHIRBIN_TRY_ASSIGN(auto record, find_at(sequence));
  if (!record) {
    return fail(ErrorCode::kGone, "the version was purged");
  }
  return *std::move(record);
}

Result<VersionRecord> VersionTable::head_of(const BinaryRow& binary) {
  FHIRBIN_TRY_ASSIGN(Statement query, catalog_->prepare(sql::kSelectHead));
  query.bind(1, binary.head_sequence).bind(2, binary.key).bind(3, binary.head_number);
  query.bind(4, binary.id);
  FHIRBIN_TRY_ASSIGN(auto record, first_version(query, *settings_));
  if (!record) {
    return fail(ErrorCode::kCorrupt, "the head of a Binary is missing or another's");
  }
  return *std::move(record);
}

Result<std::optional<VersionRecord>> VersionTable::newest_in_snapshot(const BinaryRow& binary,
                                                                      std::uint64_t below,
                                                                      std::uint64_t snapshot) {
  FHIRBIN_TRY_ASSIGN(Statement query, catalog_->prepare(sql::kSelectSnapshotVersion));
  query.bind(1, binary.key).bind(2, below).bind(3, snapshot);
  FHIRBIN_TRY_ASSIGN(auto record, first_version(query, *settings_));
  if (record) {
    FHIRBIN_TRY(check_owner(*record, binary));
  }
  return record;
}

Result<std::optional<VersionName>> VersionTable::name_of(std::uint64_t sequence) {
  FHIRBIN_TRY_ASSIGN(Statement query, catalog_->prepare(sql::kSelectVersionName));
  FHIRBIN_TRY_ASSIGN(const bool found, query.bind(1, sequence).step());
  if (!found) {
    return std::optional<VersionName>();
  }
  return VersionName{.id = std::string(query.column_text(0)), .number = query.column_u64(1)};
}

Result<bool> VersionTable::is_kept(std::uint64_t sequence) {
  FHIRBIN_TRY_ASSIGN(Statement query, catalog_->prepare(sql::kSelectIsKept));
  return query.bind(1, sequence).step();
}

Result<std::vector<std::uint64_t>> VersionTable::kept_after(std::uint64_t after,
                                                            std::uint32_t limit) {
  FHIRBIN_TRY_ASSIGN(Statement query, catalog_->prepare(sql::kSelectKeptAfter));
  query.bind(1, after).bind(2, std::uint64_t{limit});
  return collect_numbers(std::move(query));
}

Result<bool> VersionTable::erased_since(std::uint64_t snapshot) {
  FHIRBIN_TRY_ASSIGN(Statement query, catalog_->prepare(sql::kSelectErasedSince));
  return query.bind(1, snapshot).step();
}

Result<std::vector<std::uint64_t>> VersionTable::hidden_after(std::uint64_t after,
                                                              std::uint32_t limit) {
  FHIRBIN_TRY_ASSIGN(Statement query, catalog_->prepare(sql::kSelectHiddenAfter));
  query.bind(1, after).bind(2, std::uint64_t{limit});
  return collect_numbers(std::move(query));
}

Result<std::vector<std::uint64_t>> VersionTable::kept_up_to(std::uint64_t binary_key,
                                                            std::uint64_t newest_number,
                                                            std::uint32_t limit) {
  FHIRBIN_TRY_ASSIGN(Statement query, catalog_->prepare(sql::kSelectKeptUpTo));
  query.bind(1, binary_key).bind(2, newest_number).bind(3, std::uint64_t{limit});
  return collect_numbers(std::move(query));
}

Result<std::optional<std::uint64_t>> VersionTable::number_beyond(std::uint64_t binary_key,
                                                                 std::uint64_t skipped) {
  FHIRBIN_TRY_ASSIGN(Statement query, catalog_->prepare(sql::kSelectNumberBeyond));
  query.bind(1, binary_key).bind(2, skipped);
  return Cursor<std::uint64_t>(std::move(query), read_number).next();
}

Result<void> VersionTable::insert(const VersionRecord& record) {
  const Hash128 seal = compute_seal(settings_->hash_secret, settings_->store_id, record);
  FHIRBIN_TRY_ASSIGN(Statement insert, catalog_->prepare(sql::kInsertVersion));
  insert.bind(1, record.sequence).bind(2, record.binary_key).bind(3, record.id);
  insert.bind(4, record.number).bind(5, record.last_updated_ms);
  insert.bind(6, static_cast<std::uint64_t>(record.action)).bind(7, record.content_type);
  insert.bind(8, record.security_context).bind(9, record.elements).bind(10, record.size_bytes);
  insert.bind(11, ByteSpan(record.digest.bytes));
  insert.bind(12, static_cast<std::uint64_t>(record.placement)).bind(13, record.stored_bytes);
  insert.bind(14, record.chunk_count).bind(15, ByteSpan(record.map_hash.bytes));
  insert.bind(16, ByteSpan(seal.bytes));
  return insert.run();
}

Result<void> VersionTable::hide(std::uint64_t sequence, std::uint64_t purge_sequence) {
  FHIRBIN_TRY_ASSIGN(Statement update, catalog_->prepare(sql::kHideVersion));
  FHIRBIN_TRY(update.bind(1, sequence).bind(2, purge_sequence).run());
  return catalog_->changed_rows() == 0 ? Result<void>() : ChangeTable(*catalog_).tally_retired();
}

Result<Cursor<HiddenVersion>> VersionTable::hidden_by(std::uint64_t newest_purge,
                                                      std::uint32_t limit) {
  FHIRBIN_TRY_ASSIGN(Statement query, catalog_->prepare(sql::kSelectHidden));
  query.bind(1, newest_purge).bind(2, std::uint64_t{limit});
  return Cursor<HiddenVersion>(std::move(query), read_hidden);
}

Result<void> VersionTable::erase_hidden(std::uint64_t sequence) {
  for (const char* const statement : {sql::kDeleteInline, sql::kDeleteMap, sql::kEraseVersion}) {
    FHIRBIN_TRY_ASSIGN(Statement erase, catalog_->prepare(statement));
    FHIRBIN_TRY(erase.bind(1, sequence).run());
  }
  return {};
}

}  // namespace fhirbin::storage
