#include "engine/c/results.h"

#include <utility>

namespace fhirbin::c {
namespace {

fhirbin_version_info make_info(const VersionInfo& value) {
  fhirbin_version_info info{};
  info.struct_size = sizeof info;
  info.id = value.id.c_str();
  info.version = value.version;
  info.sequence = value.sequence;
  info.last_updated_ms = value.last_updated.time_since_epoch().count();
  info.deleted = value.deleted ? 1 : 0;
  info.created = value.created ? 1 : 0;
  info.content_type = value.content_type.c_str();
  info.security_context = value.security_context.c_str();
  info.size_bytes = value.size_bytes;
  static_assert(sizeof info.digest == sizeof value.digest.bytes);
  std::memcpy(&info.digest, &value.digest.bytes, sizeof info.digest);
  return info;
}

// Structs reach the caller through pointers, so that a later, longer one does not shift the rest.
template <class T>
std::vector<const T*> pointers_to(const std::vector<T>& rows) {
  std::vector<const T*> pointers;
  pointers.reserve(rows.size());
  for (const T& row : rows) {
    pointers.push_back(&row);
  }
  return pointers;
}

}  // namespace

OwnedVersion::OwnedVersion(VersionInfo info) : fhirbin_version_info{}, value(std::move(info)) {
  static_cast<fhirbin_version_info&>(*this) = make_info(value);
}

OwnedVersionPage::OwnedVersionPage(std::vector<VersionInfo> infos, std::string next,
                                   std::uint64_t matching)
    : fhirbin_version_page{}, token(std::move(next)) {
  for (VersionInfo& info : infos) {
    owned.push_back(std::make_unique<OwnedVersion>(std::move(info)));
    pointers.push_back(owned.back().get());
  }
  struct_size = sizeof(fhirbin_version_page);
  count = pointers.size();
  versions = pointers.data();
  next_page_token = token.c_str();
  total = matching;
}

OwnedChangePage::OwnedChangePage(ChangePage page) : fhirbin_change_page{}, value(std::move(page)) {
  for (const Change& change : value.changes) {
    rows.push_back({.struct_size = sizeof(fhirbin_change),
                    .sequence = change.sequence,
                    .id = change.id.c_str(),
                    .version = change.version,
                    .last_updated_ms = change.last_updated.time_since_epoch().count(),
                    .action = static_cast<std::int32_t>(change.action),
                    .reserved = 0});
  }
  pointers = pointers_to(rows);
  struct_size = sizeof(fhirbin_change_page);
  count = pointers.size();
  changes = pointers.data();
  last_sequence = value.last_sequence;
}

OwnedStats::OwnedStats(StoreStats stats) : fhirbin_store_stats{}, value(std::move(stats)) {
  for (const MediaTypeStats& type : value.media_types) {
    rows.push_back({.struct_size = sizeof(fhirbin_media_type_stats),
                    .content_type = type.content_type.c_str(),
                    .versions = type.versions,
                    .logical_bytes = type.logical_bytes});
  }
  pointers = pointers_to(rows);
  static_cast<fhirbin_store_stats&>(*this) = {
      .struct_size = sizeof(fhirbin_store_stats),
      .fhir_version = static_cast<std::int32_t>(value.fhir_version),
      .sqlite_has_wal_reset_bug = value.sqlite_has_wal_reset_bug ? 1 : 0,
      .format_version = value.format_version,
      .sequence = value.sequence,
      .binaries = value.binaries,
      .deleted = value.deleted,
      .versions = value.versions,
      .logical_bytes = value.logical_bytes,
      .inline_bytes = value.inline_bytes,
      .chunks = value.chunks,
      .chunk_raw_bytes = value.chunk_raw_bytes,
      .chunk_stored_bytes = value.chunk_stored_bytes,
      .shared_bytes = value.shared_bytes,
      .reclaimable_bytes = value.reclaimable_bytes,
      .volumes = value.volumes,
      .filling_volumes = value.filling_volumes,
      .volume_file_bytes = value.volume_file_bytes,
      .catalog_file_bytes = value.catalog_file_bytes,
      .wal_bytes = value.wal_bytes,
      .pins = value.pins,
      .sqlite_version = value.sqlite_version.c_str(),
      .media_type_count = pointers.size(),
      .media_types = pointers.data()};
}

OwnedVerifyReport::OwnedVerifyReport(VerifyReport report)
    : fhirbin_verify_report{}, value(std::move(report)) {
  for (const Damage& damage : value.damages) {
    rows.push_back({.struct_size = sizeof(fhirbin_damage),
                    .id = damage.id.c_str(),
                    .version = damage.version,
                    .what = damage.what.c_str()});
  }
  pointers = pointers_to(rows);
  static_cast<fhirbin_verify_report&>(*this) = {.struct_size = sizeof(fhirbin_verify_report),
                                                .binaries = value.binaries,
                                                .versions = value.versions,
                                                .chunks = value.chunks,
                                                .bytes = value.bytes,
                                                .damage_count = value.damage_count,
                                                .listed_count = pointers.size(),
                                                .damages = pointers.data(),
                                                .complete = value.complete ? 1 : 0,
                                                .reserved = 0};
}

}  // namespace fhirbin::c

void fhirbin_version_info_free(fhirbin_version_info* info) {
  delete static_cast<fhirbin::c::OwnedVersion*>(info);
}

void fhirbin_version_page_free(fhirbin_version_page* page) {
  delete static_cast<fhirbin::c::OwnedVersionPage*>(page);
}

void fhirbin_change_page_free(fhirbin_change_page* page) {
  delete static_cast<fhirbin::c::OwnedChangePage*>(page);
}

void fhirbin_store_stats_free(fhirbin_store_stats* stats) {
  delete static_cast<fhirbin::c::OwnedStats*>(stats);
}

void fhirbin_verify_report_free(fhirbin_verify_report* report) {
  delete static_cast<fhirbin::c::OwnedVerifyReport*>(report);
}
