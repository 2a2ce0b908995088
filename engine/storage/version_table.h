#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "engine/storage/binary_table.h"
#include "engine/storage/connection.h"
#include "engine/storage/cursor.h"
#include "engine/storage/settings.h"
#include "engine/storage/version_record.h"
#include "fhirbin/error.h"

namespace fhirbin::storage {

// A version that was purged and is still there for older snapshots.
struct HiddenVersion {
  std::uint64_t sequence = 0;
  std::uint64_t catalog_bytes = 0;  // about what its content, map and elements take there
};

// Versions, one or some at a time (VersionHistory pages through them). Every record that it returns
// matched its seal. A version is *kept* until it is purged; then it is *hidden*, and at last
// erased. A view on a connection; thread-compatible.
class VersionTable {
 public:
  VersionTable(Connection& catalog, const Settings& settings) noexcept
      : catalog_(&catalog), settings_(&settings) {}

  // nullopt for an unknown or purged number.
  Result<std::optional<VersionRecord>> find(const BinaryRow& binary, std::uint64_t number);
  // Hidden ones too; nullopt when it was never there or was erased.
  Result<std::optional<VersionRecord>> find_at(std::uint64_t sequence);
  // As above. Errors: kGone instead of nullopt, for sequences that were read from the catalog.
  Result<VersionRecord> load_at(std::uint64_t sequence);
  // The head of a Binary. Errors: kCorrupt when it is missing or another's.
  Result<VersionRecord> head_of(const BinaryRow& binary);
  // The newest version of a Binary with a number below `below` that was there at the sequence
  // `snapshot`, whether or not it was purged since.
  Result<std::optional<VersionRecord>> newest_in_snapshot(const BinaryRow& binary,
                                                          std::uint64_t below,
                                                          std::uint64_t snapshot);
  // Without looking at the seal; hidden ones too, erased ones not.
  Result<std::optional<VersionName>> name_of(std::uint64_t sequence);

  // Whether the version is there and not purged.
  Result<bool> is_kept(std::uint64_t sequence);
  // Sequences of the kept versions that follow `after`, in commit order.
  Result<std::vector<std::uint64_t>> kept_after(std::uint64_t after, std::uint32_t limit);
  // Sequences of the hidden versions that follow `after`, in commit order.
  Result<std::vector<std::uint64_t>> hidden_after(std::uint64_t after, std::uint32_t limit);
  // Sequences of the kept versions of a Binary up to `newest_number`, the oldest first.
  Result<std::vector<std::uint64_t>> kept_up_to(std::uint64_t binary_key,
                                                std::uint64_t newest_number, std::uint32_t limit);
  // The number of the newest kept version but for the newest `skipped` ones; nullopt when there are
  // no more than those.
  Result<std::optional<std::uint64_t>> number_beyond(std::uint64_t binary_key,
                                                     std::uint64_t skipped);

  // Seals and inserts a record.
  Result<void> insert(const VersionRecord& record);
  // Hides a version from every reader but snapshots older than `purge_sequence`.
  Result<void> hide(std::uint64_t sequence, std::uint64_t purge_sequence);
  // Whether a version that was there at the sequence `snapshot` was erased since. Visits all that
  // are as old.
  Result<bool> erased_since(std::uint64_t snapshot);
  // Versions that were hidden at or before `newest_purge`, those hidden first come first.
  Result<Cursor<HiddenVersion>> hidden_by(std::uint64_t newest_purge, std::uint32_t limit);
  // Erases a hidden version with its map and inline content; its entry in the change feed stays, in
  // a row that is shorter than before.
  Result<void> erase_hidden(std::uint64_t sequence);

 private:
  Connection* catalog_;
  const Settings* settings_;
};

}  // namespace fhirbin::storage
