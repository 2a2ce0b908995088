#include "engine/storage/volume_reader.h"

#include <utility>

#include "engine/storage/page_place.h"
#include "engine/storage/volume_sql.h"
#include "engine/util/try.h"

namespace fhirbin::storage {
namespace {

Result<void> read_page(Connection& connection, const PagePlace& place, std::uint32_t stored_length,
                       ByteVector& stored) {
  FHIRBIN_TRY_ASSIGN(Statement query, connection.prepare(volume_sql::kSelectPage));
  FHIRBIN_TRY_ASSIGN(const bool found, query.bind(1, place.page).step());
  if (!found) {
    return fail(ErrorCode::kCorrupt, "page " + std::to_string(place.page) + " of " +
                                         volume_name(place.volume) + " is listed but not stored");
  }
  // SQLite owns these bytes until the statement is given back: copy them out.
  const ByteSpan bytes = query.column_bytes(0);
  if (bytes.size() != stored_length) {
    return fail(ErrorCode::kCorrupt, "page " + std::to_string(place.page) + " of " +
                                         volume_name(place.volume) +
                                         " has another length than listed");
  }
  stored.assign(bytes.begin(), bytes.end());
  return {};
}

}  // namespace

VolumeReader::VolumeReader(VolumeContext context, bool read_only)
    : pool_(std::move(context), read_only) {}

Result<void> VolumeReader::read(const PagePlace& place, std::uint32_t stored_length,
                                ByteVector& stored) {
  FHIRBIN_TRY(guard_.check());
  FHIRBIN_TRY_ASSIGN(auto connection, pool_.acquire(place.volume, place.sealed));
  FHIRBIN_TRY(connection->run(
      [&](Connection& database) { return read_page(database, place, stored_length, stored); }));
  pool_.release(std::move(connection));  // after an error it is closed instead
  return {};
}

Result<std::string> VolumeReader::check_integrity(std::uint32_t volume, bool sealed) {
  FHIRBIN_TRY(guard_.check());
  FHIRBIN_TRY_ASSIGN(const auto connection, pool_.make(volume, sealed));
  std::string damage;
  Result<void> checked = connection->run([&](Connection& database) -> Result<void> {
    FHIRBIN_TRY_ASSIGN(damage, find_volume_damage(database, sealed));
    return {};
  });
  if (!checked && checked.error().code == ErrorCode::kCorrupt) {
    return checked.error().message;
  }
  FHIRBIN_TRY(checked);
  return damage;
}

Result<VolumeContents> VolumeReader::count_contents(std::uint32_t volume, bool sealed) {
  FHIRBIN_TRY(guard_.check());
  FHIRBIN_TRY_ASSIGN(const auto connection, pool_.make(volume, sealed));
  VolumeContents contents;
  FHIRBIN_TRY(connection->run([&](Connection& database) -> Result<void> {
    FHIRBIN_TRY_ASSIGN(contents, count_volume_contents(database));
    return {};
  }));
  return contents;
}

void VolumeReader::forget(std::uint32_t volume) {
  if (!guard_.left_behind()) {
    pool_.forget(volume);
  }
}

}  // namespace fhirbin::storage
