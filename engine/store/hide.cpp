#include "engine/store/hide.h"

#include <map>

#include "engine/storage/chunk_table.h"
#include "engine/storage/content_table.h"
#include "engine/storage/version_table.h"
#include "engine/util/try.h"

namespace fhirbin::store {

Result<void> hide_version(storage::Connection& connection, const storage::Settings& settings,
                          const storage::VersionRecord& record, std::uint64_t sequence,
                          PurgeReport& report) {
  if (record.placement == storage::Placement::kChunks) {
    FHIRBIN_TRY_ASSIGN(const chunk::ChunkMap map,
                       storage::ContentTable(connection, settings).load_map(record));
    std::map<std::uint64_t, std::uint64_t> uses;  // ordered, so that rows are touched page by page
    for (std::size_t i = 0; i < map.count(); ++i) {
      ++uses[map.entry(i).chunk_id];
    }
    storage::ChunkTable chunks(connection);
    for (const auto& [id, count] : uses) {
      FHIRBIN_TRY_ASSIGN(const auto left, chunks.drop_references(id, count, sequence));
      if (left.references == 0) {
        ++report.chunks_freed;
        report.bytes_freed += left.stored_length;
      }
    }
  }
  if (record.placement == storage::Placement::kInline) {
    report.bytes_freed += record.stored_bytes;
  }
  ++report.versions_purged;
  return storage::VersionTable(connection, settings).hide(record.sequence, sequence);
}

}  // namespace fhirbin::store
