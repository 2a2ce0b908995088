#include "engine/storage/volume_table.h"

#include <array>
#include <utility>

#include "engine/storage/cursor.h"
#include "engine/storage/sql.h"
#include "engine/util/try.h"

namespace fhirbin::storage {
namespace {

// The columns of kSelectVolumes.
VolumeRow read_row(const Statement& query) {
  return {.number = static_cast<std::uint32_t>(query.column_u64(0)),
          .state = static_cast<VolumeState>(query.column_u64(1)),
          .pages = query.column_u64(2),
          .stored_bytes = query.column_u64(3),
          .sealed_sequence = query.column_u64(4)};
}

// The columns of kSelectFillingVolumes.
VolumeRow read_filling(const Statement& query) {
  VolumeRow row;
  row.number = static_cast<std::uint32_t>(query.column_u64(0));
  row.pages = query.column_u64(1);
  return row;
}

}  // namespace

Result<std::uint32_t> VolumeTable::insert(Random& random) {
  std::array<std::byte, 16> identity{};
  FHIRBIN_TRY(random.fill(identity));
  FHIRBIN_TRY_ASSIGN(Statement insert, catalog_->prepare(sql::kInsertVolume));
  FHIRBIN_TRY(insert.bind(1, ByteSpan(identity)).run());
  return static_cast<std::uint32_t>(catalog_->last_insert_rowid());
}

Result<std::vector<VolumeRow>> VolumeTable::all() {
  FHIRBIN_TRY_ASSIGN(Statement query, catalog_->prepare(sql::kSelectVolumes));
  return Cursor<VolumeRow>(std::move(query), read_row).collect();
}

Result<std::vector<VolumeRow>> VolumeTable::filling() {
  FHIRBIN_TRY_ASSIGN(Statement query, catalog_->prepare(sql::kSelectFillingVolumes));
  return Cursor<VolumeRow>(std::move(query), read_filling).collect();
}

Result<void> VolumeTable::set_books(std::uint32_t number, std::uint64_t pages,
                                    std::uint64_t stored_bytes) {
  FHIRBIN_TRY_ASSIGN(Statement update, catalog_->prepare(sql::kUpdateVolumeBooks));
  return update.bind(1, std::uint64_t{number}).bind(2, pages).bind(3, stored_bytes).run();
}

Result<void> VolumeTable::set_sealed(std::uint32_t number, std::uint64_t pages,
                                     std::uint64_t stored_bytes, std::uint64_t sequence) {
  FHIRBIN_TRY_ASSIGN(Statement update, catalog_->prepare(sql::kSealVolume));
  update.bind(1, std::uint64_t{number}).bind(2, pages).bind(3, stored_bytes).bind(4, sequence);
  return update.run();
}

Result<bool> VolumeTable::set_dropping(std::uint32_t number) {
  FHIRBIN_TRY_ASSIGN(Statement update, catalog_->prepare(sql::kMarkVolumeDropping));
  FHIRBIN_TRY(update.bind(1, std::uint64_t{number}).run());
  return catalog_->changed_rows() == 1;
}

Result<void> VolumeTable::erase(std::uint32_t number) {
  FHIRBIN_TRY_ASSIGN(Statement erase, catalog_->prepare(sql::kDeleteVolume));
  return erase.bind(1, std::uint64_t{number}).run();
}

Result<VolumeSums> VolumeTable::sums(std::uint32_t number) {
  FHIRBIN_TRY_ASSIGN(Statement query, catalog_->prepare(sql::kSumVolume));
  FHIRBIN_TRY(query.bind(1, std::uint64_t{number}).step());
  return VolumeSums{.chunks = query.column_u64(0),
                    .live_bytes = query.column_u64(1),
                    .named_bytes = query.column_u64(2)};
}

}  // namespace fhirbin::storage
