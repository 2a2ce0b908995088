#pragma once

#include <cstdint>

#include "engine/storage/connection.h"
#include "engine/util/hash.h"
#include "fhirbin/error.h"
#include "fhirbin/fhir_version.h"

namespace fhirbin::storage {

// What is fixed when a store is created and kept in its catalog.
// No store cuts longer chunks.
inline constexpr std::uint32_t kMaxCutBytes = 2U << 20;

struct Settings {
  StoreId store_id;
  HashSecret hash_secret;
  FhirVersion fhir_version = FhirVersion::kR4;
  bool keep_history = true;
  bool update_may_create = false;
  std::uint32_t inline_limit_bytes = 0;
  std::uint32_t cut_min_bytes = 0;
  std::uint32_t cut_average_bytes = 0;
  std::uint32_t cut_max_bytes = 0;
  std::uint32_t volume_page_bytes = 0;   // SQLite page size of the volumes
  std::uint64_t volume_limit_bytes = 0;  // a volume is sealed once it holds this much
};

// Writes the settings of a new store, within the caller's transaction.
Result<void> insert_settings(Connection& catalog, const Settings& settings);

// Errors: kCorrupt when one is missing or out of its range, kIncompatibleFormat for a chunker we do
// not know.
Result<Settings> load_settings(Connection& catalog);

}  // namespace fhirbin::storage
