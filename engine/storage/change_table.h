#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "engine/storage/connection.h"
#include "fhirbin/error.h"
#include "fhirbin/queries.h"

namespace fhirbin::storage {

// The store-wide sequence and the change feed. A version is its own entry in the feed; the table
// holds what has no version: purges, and versions that were erased. A view on a connection;
// thread-compatible.
class ChangeTable {
 public:
  explicit ChangeTable(Connection& catalog) noexcept : catalog_(&catalog) {}

  Result<std::uint64_t> last_sequence();
  // The sequence of the change that this transaction makes. Errors: kCorrupt when none can follow.
  Result<std::uint64_t> next_sequence();
  // Enters a purge of versions of the Binary `id`, whose head has the number `number`, and returns
  // its sequence. Errors: as next_sequence().
  Result<std::uint64_t> append_purge(std::string_view id, std::uint64_t number, std::int64_t at_ms);
  // Errors: kGone when changes right after `after` are no longer kept.
  Result<std::vector<Change>> after(std::uint64_t after, std::uint32_t limit);

 private:
  Connection* catalog_;
};

}  // namespace fhirbin::storage
