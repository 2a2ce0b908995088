#pragma once

#include <memory>
#include <vector>

#include "engine/c/call.h"
#include "fhirbin/care.h"
#include "fhirbin/queries.h"
#include "fhirbin/stats.h"
#include "fhirbin/version_info.h"

namespace fhirbin::c {

// Results that the library owns: the C struct, whose pointers lead into the C++ value behind it.
// They stay where they were made, since others point into them.

struct OwnedVersion : fhirbin_version_info {
  explicit OwnedVersion(VersionInfo info);
  OwnedVersion(const OwnedVersion&) = delete;
  OwnedVersion& operator=(const OwnedVersion&) = delete;
  ~OwnedVersion() = default;

  VersionInfo value;
};

struct OwnedVersionPage : fhirbin_version_page {
  OwnedVersionPage(std::vector<VersionInfo> infos, std::string next, std::uint64_t matching);
  OwnedVersionPage(const OwnedVersionPage&) = delete;
  OwnedVersionPage& operator=(const OwnedVersionPage&) = delete;
  ~OwnedVersionPage() = default;

  std::vector<std::unique_ptr<OwnedVersion>> owned;
  std::vector<const fhirbin_version_info*> pointers;
  std::string token;
};

struct OwnedChangePage : fhirbin_change_page {
  explicit OwnedChangePage(ChangePage page);
  OwnedChangePage(const OwnedChangePage&) = delete;
  OwnedChangePage& operator=(const OwnedChangePage&) = delete;
  ~OwnedChangePage() = default;

  ChangePage value;
  std::vector<fhirbin_change> rows;
  std::vector<const fhirbin_change*> pointers;
};

struct OwnedStats : fhirbin_store_stats {
  explicit OwnedStats(StoreStats stats);
  OwnedStats(const OwnedStats&) = delete;
  OwnedStats& operator=(const OwnedStats&) = delete;
  ~OwnedStats() = default;

  StoreStats value;
  std::vector<fhirbin_media_type_stats> rows;
  std::vector<const fhirbin_media_type_stats*> pointers;
};

struct OwnedVerifyReport : fhirbin_verify_report {
  explicit OwnedVerifyReport(VerifyReport report);
  OwnedVerifyReport(const OwnedVerifyReport&) = delete;
  OwnedVerifyReport& operator=(const OwnedVerifyReport&) = delete;
  ~OwnedVerifyReport() = default;

  VerifyReport value;
  std::vector<fhirbin_damage> rows;
  std::vector<const fhirbin_damage*> pointers;
};

}  // namespace fhirbin::c
