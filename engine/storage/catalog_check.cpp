#include "engine/storage/catalog_check.h"

#include <string_view>
#include <utility>

#include "engine/storage/sql.h"
#include "engine/util/try.h"

namespace fhirbin::storage {
namespace {

std::string read_text(const Statement& query) { return std::string(query.column_text(0)); }

std::string read_finding(const Statement& query) {
  const std::string_view text = query.column_text(0);
  return text == "ok" ? std::string() : std::string(text);
}

}  // namespace

Result<Cursor<std::string>> CatalogCheck::tree_findings() {
  FHIRBIN_TRY_ASSIGN(Statement query, catalog_->prepare(sql::kIntegrityCheck));
  return Cursor<std::string>(std::move(query), read_finding);
}

Result<Cursor<std::string>> CatalogCheck::broken_histories() {
  FHIRBIN_TRY_ASSIGN(Statement query, catalog_->prepare(sql::kSelectBrokenHistories));
  return Cursor<std::string>(std::move(query), read_text);
}

Result<ChangeRun> CatalogCheck::change_run() {
  FHIRBIN_TRY_ASSIGN(Statement query, catalog_->prepare(sql::kSelectChangeRun));
  FHIRBIN_TRY(query.step());
  return ChangeRun{
      .oldest = query.column_u64(0), .newest = query.column_u64(1), .count = query.column_u64(2)};
}

Result<std::uint64_t> CatalogCheck::stray_versions() { return count(sql::kCountStrayVersions); }

Result<std::uint64_t> CatalogCheck::stray_purges() { return count(sql::kCountStrayPurges); }

Result<std::uint64_t> CatalogCheck::mistallied() { return count(sql::kCountMistallied); }

Result<std::uint64_t> CatalogCheck::strange_keys() { return count(sql::kCountStrangeKeys); }

Result<std::uint64_t> CatalogCheck::steps_back() { return count(sql::kCountStepsBack); }

Result<std::uint64_t> CatalogCheck::stray_inline() { return count(sql::kCountStrayInline); }

Result<std::uint64_t> CatalogCheck::stray_maps() { return count(sql::kCountStrayMaps); }

Result<std::uint64_t> CatalogCheck::misfreed_chunks() { return count(sql::kCountMisfreedChunks); }

Result<std::uint64_t> CatalogCheck::strange_volumes() { return count(sql::kCountStrangeVolumes); }

Result<std::uint64_t> CatalogCheck::unexplained_purges(bool keep_history) {
  FHIRBIN_TRY_ASSIGN(Statement query, catalog_->prepare(sql::kCountUnexplainedPurges));
  FHIRBIN_TRY(query.bind(1, std::uint64_t{keep_history}).step());
  return query.column_u64(0);
}

Result<std::uint64_t> CatalogCheck::count(const char* sql) {
  FHIRBIN_TRY_ASSIGN(Statement query, catalog_->prepare(sql));
  FHIRBIN_TRY(query.step());
  return query.column_u64(0);
}

}  // namespace fhirbin::storage
