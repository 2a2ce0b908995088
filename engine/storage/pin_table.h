#pragma once

#include <cstdint>
#include <vector>

#include "engine/storage/connection.h"
#include "fhirbin/error.h"

namespace fhirbin::storage {

// A promise not to collect what was live at `sequence`, valid while `owner` lives.
struct PinRow {
  std::uint64_t key = 0;
  std::uint32_t owner = 0;  // LockByte::owner
  std::uint64_t sequence = 0;
};

// A view on a connection; thread-compatible.
class PinTable {
 public:
  explicit PinTable(Connection& catalog) noexcept : catalog_(&catalog) {}

  // Pins the present for `owner`; returns the key.
  Result<std::uint64_t> insert(std::uint32_t owner);
  Result<void> erase(std::uint64_t key);
  Result<void> erase_of_owner(std::uint32_t owner);
  Result<std::uint64_t> count_of_owner(std::uint32_t owner);
  Result<std::vector<PinRow>> all();

 private:
  Connection* catalog_;
};

}  // namespace fhirbin::storage
