#include "engine/store/pin.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "engine/storage/change_table.h"
#include "engine/storage/pin_table.h"
#include "engine/util/guarded.h"
#include "engine/util/try.h"

namespace fhirbin::store {

Result<Pin> Pin::take(storage::Catalog& catalog) {
  std::uint64_t key = 0;
  std::uint64_t sequence = 0;
  FHIRBIN_TRY(catalog.write([&](storage::Connection& connection) -> Result<void> {
    FHIRBIN_TRY_ASSIGN(sequence, storage::ChangeTable(connection).last_sequence());
    FHIRBIN_TRY_ASSIGN(key, storage::PinTable(connection).insert(catalog.owner()));
    return {};
  }));
  return Pin(catalog, key, sequence);
}

Pin::Pin(Pin&& other) noexcept
    : catalog_(std::exchange(other.catalog_, nullptr)),
      key_(other.key_),
      sequence_(other.sequence_) {}

Pin::~Pin() {
  if (catalog_ != nullptr) {
    // void as soon as this Store is gone, so a failure only delays collection
    (void)guarded([this] {
      return catalog_->write(
          [this](storage::Connection& connection) { return erase_within(connection); });
    });
  }
}

Result<void> Pin::erase_within(storage::Connection& connection) const {
  return storage::PinTable(connection).erase(key_);
}

namespace {

Result<std::optional<std::uint64_t>> oldest_of(storage::Catalog& catalog,
                                               const std::vector<storage::PinRow>& pins,
                                               std::optional<std::uint64_t> except_key) {
  std::optional<std::uint64_t> oldest;
  for (const storage::PinRow& pin : pins) {
    if (pin.key == except_key) {
      continue;
    }
    FHIRBIN_TRY_ASSIGN(const bool lives, catalog.owner_lives(pin.owner));
    if (lives) {
      oldest = oldest ? std::min(*oldest, pin.sequence) : pin.sequence;
    } else if (!catalog.read_only()) {
      FHIRBIN_TRY(catalog.write([&pin](storage::Connection& connection) {
        return storage::PinTable(connection).erase(pin.key);
      }));
    }
  }
  return oldest;
}

}  // namespace

Result<std::optional<std::uint64_t>> oldest_live_pin(storage::Catalog& catalog,
                                                     std::optional<std::uint64_t> except_key) {
  FHIRBIN_TRY_ASSIGN(const auto pins, catalog.read([](storage::Connection& connection) {
    return storage::PinTable(connection).all();
  }));
  return oldest_of(catalog, pins, except_key);
}

Result<std::uint64_t> collectable_sequence(storage::Catalog& catalog,
                                           std::optional<std::uint64_t> except_key) {
  std::uint64_t last = 0;
  FHIRBIN_TRY_ASSIGN(
      const auto pins,
      catalog.read([&](storage::Connection& connection) -> Result<std::vector<storage::PinRow>> {
        FHIRBIN_TRY_ASSIGN(last, storage::ChangeTable(connection).last_sequence());
        return storage::PinTable(connection).all();
      }));
  FHIRBIN_TRY_ASSIGN(const auto oldest, oldest_of(catalog, pins, except_key));
  return oldest.value_or(last);
}

}  // namespace fhirbin::store
