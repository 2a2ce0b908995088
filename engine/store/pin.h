#pragma once

#include <cstdint>
#include <optional>

#include "engine/storage/catalog.h"
#include "fhirbin/error.h"

namespace fhirbin::store {

// Keeps what is live now from being collected, for as long as it lives (or its process does): a
// committed row. Move-only; thread-compatible.
class Pin {
 public:
  static Result<Pin> take(storage::Catalog& catalog);

  Pin(Pin&& other) noexcept;
  Pin& operator=(Pin&&) = delete;
  // Removes the row; where that fails it is void once this Store is closed.
  ~Pin();

  std::uint64_t key() const noexcept { return key_; }
  // The last change when it was taken.
  std::uint64_t sequence() const noexcept { return sequence_; }

  // Within a transaction of the caller's: the row goes with it. To be followed by disarm() once
  // committed.
  Result<void> erase_within(storage::Connection& connection) const;
  void disarm() noexcept { catalog_ = nullptr; }

 private:
  Pin(storage::Catalog& catalog, std::uint64_t key, std::uint64_t sequence) noexcept
      : catalog_(&catalog), key_(key), sequence_(sequence) {}

  storage::Catalog* catalog_;
  std::uint64_t key_;
  std::uint64_t sequence_;
};

// The sequence of the oldest pin whose owner lives, `except` left out; nullopt without one. Pins of
// the dead are void and are removed on the way.
Result<std::optional<std::uint64_t>> oldest_live_pin(storage::Catalog& catalog,
                                                     std::optional<std::uint64_t> except_key = {});

// The newest change whose purges may be collected: that of the oldest live pin, and without one the
// last change of the moment. A pin taken later sees none of what was purged until then, but needs
// all that is purged after it.
Result<std::uint64_t> collectable_sequence(storage::Catalog& catalog,
                                           std::optional<std::uint64_t> except_key = {});

}  // namespace fhirbin::store
