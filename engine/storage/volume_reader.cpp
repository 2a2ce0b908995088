#include "engine/storage/volume_reader.h"

#include <utility>

#include "engine/storage/page_blob.h"
#include "engine/storage/page_place.h"
#include "engine/util/try.h"

namespace fhirbin::storage {
namespace {

Result<void> read_page(Connection& connection, PageBlob& blob, const StoredPage& page,
                       std::size_t offset, MutableByteSpan part) {
  const auto& [place, listed] = page;
  FHIRBIN_TRY_ASSIGN(const auto length, blob.seek(connection, place.page));
  if (!length || *length != listed) {
    return fail(ErrorCode::kCorrupt,
                "page " + std::to_string(place.page) + " of " + volume_name(place.volume) +
                    (length ? " has another length than listed" : " is listed but not stored"));
  }
  return blob.read(connection, offset, part);
}

}  // namespace

VolumeReader::VolumeReader(VolumeContext context, bool read_only)
    : pool_(std::move(context), read_only) {}

Result<void> VolumeReader::read_part(const StoredPage& page, std::size_t offset,
                                     MutableByteSpan part) {
  FHIRBIN_TRY(guard_.check());
  FHIRBIN_TRY_ASSIGN(auto connection, pool_.acquire(page.place.volume, page.place.sealed));
  FHIRBIN_TRY(connection->run([&](Connection& database) {
    return read_page(database, connection->page_blob(), page, offset, part);
  }));
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
