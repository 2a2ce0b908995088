#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "engine/chunk/chunk_map.h"
#include "engine/storage/connection.h"
#include "engine/storage/settings.h"
#include "engine/storage/version_record.h"
#include "fhirbin/error.h"

namespace fhirbin::storage {

// Inline content as it lies in the catalog.
struct InlineContent {
  std::uint8_t codec = 0;  // a codec::PageCodec
  ByteVector stored;
};

// One id and where its history ends.
struct BinaryRow {
  std::uint64_t key = 0;
  std::string id;
  std::uint64_t head_number = 0;
  std::uint64_t head_sequence = 0;
};

// Binaries, versions, chunk maps and inline content. Every record that it returns matched its seal.
// A view on a connection; thread-compatible.
class VersionTable {
 public:
  VersionTable(Connection& catalog, const Settings& settings) noexcept
      : catalog_(&catalog), settings_(&settings) {}

  Result<std::optional<BinaryRow>> find_binary(std::string_view id);
  // A new Binary without versions; returns its key.
  Result<std::uint64_t> insert_binary(std::string_view id);
  Result<void> set_head(std::uint64_t binary_key, std::uint64_t number, std::uint64_t sequence);
  // Binaries whose ids follow `after`, in the order of ids.
  Result<std::vector<BinaryRow>> binaries_after(std::string_view after, std::uint32_t limit);

  // nullopt for an unknown or purged number.
  Result<std::optional<VersionRecord>> find_version(std::uint64_t binary_key, std::uint64_t number);
  // The head of a Binary. Errors: kCorrupt when it is missing.
  Result<VersionRecord> head_of(const BinaryRow& binary);
  // Rows of any query that selects the version columns, its bindings set; their elements were
  // checked but are left out, as a thousand of them may be a gigabyte.
  Result<std::vector<VersionRecord>> collect(Statement& query);
  Result<std::optional<VersionRecord>> first_of(Statement& query);

  // Seals and inserts a record.
  Result<void> insert_version(const VersionRecord& record);
  // Hides a version from every reader but snapshots older than `purge_sequence`.
  Result<void> hide(std::uint64_t sequence, std::uint64_t purge_sequence);
  // Removes a hidden version with its map and inline content.
  Result<void> erase_hidden(std::uint64_t sequence);

  // Writes the chunk map of `sequence`.
  Result<void> insert_map(std::uint64_t sequence, const chunk::ChunkMap& map);
  // Errors: kCorrupt when the segments do not match the record, kGone when the version is no longer
  // there.
  Result<chunk::ChunkMap> load_map(const VersionRecord& record);

  Result<void> insert_inline(std::uint64_t sequence, std::uint8_t codec, ByteSpan stored);
  // Errors: kGone when the version is no longer there, kCorrupt when its length is wrong.
  Result<InlineContent> load_inline(const VersionRecord& record);

  // Whether the version is there and not purged.
  Result<bool> is_kept(std::uint64_t sequence);

 private:
  Result<VersionRecord> read_row(const Statement& query) const;
  Result<void> explain_missing_content(std::uint64_t sequence);

  Connection* catalog_;
  const Settings* settings_;
};

// What VersionRecord::map_hash holds for `map`: XXH3-128 under `secret` over its encoded segments
// in order.
Hash128 compute_map_hash(const HashSecret& secret, const chunk::ChunkMap& map);

}  // namespace fhirbin::storage
