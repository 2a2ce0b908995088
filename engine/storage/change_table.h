#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "engine/storage/connection.h"
#include "fhirbin/error.h"
#include "fhirbin/queries.h"

namespace fhirbin::storage {

// The store-wide sequence and the change feed: versions, each its own entry even when it was
// erased, and purges. A view on a connection; thread-compatible.
class ChangeTable {
 public:
  explicit ChangeTable(Connection& catalog) noexcept : catalog_(&catalog) {}

  Result<std::uint64_t> last_sequence();
  // One above the last. Nothing is taken by asking: the version of this sequence must be inserted
  // before the next call. Errors: kCorrupt when none can follow.
  Result<std::uint64_t> next_sequence();
  // Enters a purge of versions of the Binary `id`, whose head has the number `number`, and returns
  // its sequence. Errors: as next_sequence().
  Result<std::uint64_t> append_purge(std::string_view id, std::uint64_t number, std::int64_t at_ms);
  // Notes that one more sequence is not that of a kept version, so that these can be counted
  // without visiting them.
  Result<void> tally_retired();
  // Errors: kGone when changes right after `after` are missing.
  Result<std::vector<Change>> after(std::uint64_t after, std::uint32_t limit);

 private:
  Connection* catalog_;
};

}  // namespace fhirbin::storage
