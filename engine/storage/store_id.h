#pragma once

#include <array>
#include <cstddef>

namespace fhirbin::storage {

// Drawn at random when a store is created; every SQLite page of it carries this.
struct StoreId {
  std::array<std::byte, 16> bytes{};
  friend bool operator==(const StoreId&, const StoreId&) = default;
};

}  // namespace fhirbin::storage
