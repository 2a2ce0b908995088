#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "engine/storage/binary_table.h"
#include "engine/storage/connection.h"
#include "engine/storage/settings.h"
#include "engine/storage/version_record.h"
#include "fhirbin/error.h"

namespace fhirbin::storage {

// Which kept versions a history is about. Times are in milliseconds since 1970.
struct HistoryFilter {
  // From `begin_ms` up to, not including, `end_ms`.
  struct Span {
    std::int64_t begin_ms = 0;
    std::int64_t end_ms = 0;
  };

  std::optional<BinaryRow> binary;  // nullopt: of the whole store
  std::int64_t oldest_ms = std::numeric_limits<std::int64_t>::min();
  std::optional<Span> current_during;  // only versions that were current at some moment of it
};

// A part of a history.
struct HistorySlice {
  std::uint64_t below = 0;  // the number of a version of one Binary, the sequence of one of a store
  std::uint64_t limit = 0;
};

// The versions of a Binary or of the store, newest first. Every record that it returns matched its
// seal. A view on a connection; thread-compatible.
class VersionHistory {
 public:
  VersionHistory(Connection& catalog, const Settings& settings) noexcept
      : catalog_(&catalog), settings_(&settings) {}

  // Records come without their elements.
  Result<std::vector<VersionRecord>> select(const HistoryFilter& filter, const HistorySlice& slice);
  Result<std::uint64_t> count(const HistoryFilter& filter);

 private:
  Connection* catalog_;
  const Settings* settings_;
};

}  // namespace fhirbin::storage
