#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "engine/storage/connection.h"
#include "fhirbin/error.h"
#include "fhirbin/queries.h"

namespace fhirbin::storage {

// The store-wide sequence and the change feed. A view on a connection; thread-compatible.
class ChangeTable {
 public:
  explicit ChangeTable(Connection& catalog) noexcept : catalog_(&catalog) {}

  // Appends a change and returns its sequence, one above the last. A Binary that begins with it has
  // no key yet: that sequence is its key. Errors: kCorrupt when no sequence can follow.
  Result<std::uint64_t> append(ChangeAction action, std::optional<std::uint64_t> binary_key,
                               std::uint64_t number, std::int64_t at_ms);
  Result<std::uint64_t> last_sequence();
  // Errors: kGone when changes right after `after` are no longer kept.
  Result<std::vector<Change>> after(std::uint64_t after, std::uint32_t limit);

 private:
  Connection* catalog_;
};

}  // namespace fhirbin::storage
