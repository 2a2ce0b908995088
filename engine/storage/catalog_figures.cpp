#include "engine/storage/catalog_figures.h"

#include <utility>

#include "engine/storage/sql.h"
#include "engine/util/try.h"

namespace fhirbin::storage {
namespace {

ContentTypeRow read_content_type(const Statement& query) {
  return {.content_type = std::string(query.column_text(0)), .content_bytes = query.column_u64(1)};
}

}  // namespace

Result<BinaryCounts> CatalogFigures::count_binaries() {
  FHIRBIN_TRY_ASSIGN(Statement query, catalog_->prepare(sql::kCountBinaries));
  FHIRBIN_TRY(query.step());
  return BinaryCounts{.present = query.column_u64(0), .deleted = query.column_u64(1)};
}

Result<VersionSums> CatalogFigures::sum_versions() {
  FHIRBIN_TRY_ASSIGN(Statement query, catalog_->prepare(sql::kSumVersions));
  FHIRBIN_TRY(query.step());
  return VersionSums{.versions = query.column_u64(0),
                     .content_bytes = query.column_u64(1),
                     .inline_bytes = query.column_u64(2),
                     .chunked_bytes = query.column_u64(3)};
}

Result<ChunkSums> CatalogFigures::sum_chunks() {
  FHIRBIN_TRY_ASSIGN(Statement query, catalog_->prepare(sql::kSumChunks));
  FHIRBIN_TRY(query.step());
  return ChunkSums{.chunks = query.column_u64(0),
                   .raw_bytes = query.column_u64(1),
                   .stored_bytes = query.column_u64(2)};
}

Result<Cursor<ContentTypeRow>> CatalogFigures::content_types() {
  FHIRBIN_TRY_ASSIGN(Statement query, catalog_->prepare(sql::kSelectContentTypes));
  return Cursor<ContentTypeRow>(std::move(query), read_content_type);
}

}  // namespace fhirbin::storage
