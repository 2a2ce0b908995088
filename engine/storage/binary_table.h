#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/storage/connection.h"
#include "fhirbin/error.h"

namespace fhirbin::storage {

// One id and where its history ends.
struct BinaryRow {
  std::uint64_t key = 0;  // the sequence of its first version
  std::string id;
  std::uint64_t head_number = 0;
  std::uint64_t head_sequence = 0;
};

// The ids. A view on a connection; thread-compatible.
class BinaryTable {
 public:
  explicit BinaryTable(Connection& catalog) noexcept : catalog_(&catalog) {}

  Result<std::optional<BinaryRow>> find(std::string_view id);
  // A new Binary.
  Result<void> insert(const BinaryRow& row);
  // Moves the head of one that is there. Errors: kCorrupt when it is not.
  Result<void> set_head(const BinaryRow& row);
  // Binaries whose ids follow `after`, in the order of ids.
  Result<std::vector<BinaryRow>> after(std::string_view after, std::uint32_t limit);

 private:
  Result<void> run(const char* statement, const BinaryRow& row);

  Connection* catalog_;
};

}  // namespace fhirbin::storage
